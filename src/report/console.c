/* console.c: see console.h. Everything that a signal's handler touches is a plain system call or a flag. */
#include "report/console.h"

#include "base/clock.h"
#include "base/text.h"
#include "report/terminal.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* a screen of our own (what was there comes back), the cursor hidden; and the reverse */
static const char TAKE[] = "\033[?1049h\033[?25l", GIVE[] = "\033[?25h\033[?1049l";

static struct termios before;
static volatile sig_atomic_t is_open, must_redraw;

static void say(const char *text, size_t n)
{
    while (n > 0) {
        ssize_t written = write(STDOUT_FILENO, text, n);
        if (written < 0 && errno != EINTR)
            return;
        if (written > 0) {
            text += written;
            n -= (size_t)written;
        }
    }
}

bool lure_console_is_there(void)
{
    return isatty(STDIN_FILENO) && lure_terminal_is_live(stdout);
}

static void take(void)
{
    struct termios raw = before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO); /* signals of Ctrl-C and Ctrl-Z stay */
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw); /* what was typed ahead stays */
    say(TAKE, sizeof TAKE - 1);
    is_open = 1;
}

void lure_console_close(void)
{
    if (!is_open)
        return;
    is_open = 0;
    say(GIVE, sizeof GIVE - 1);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
}

/* ---- signals ---- */

static void on_end(int number)
{
    lure_console_close();
    signal(number, SIG_DFL);
    raise(number); /* comes when this handler returns */
}

static void on_stop(int number)
{
    int was = errno;
    sigset_t only;
    lure_console_close();
    signal(number, SIG_DFL);
    sigemptyset(&only);
    sigaddset(&only, number);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &only, NULL); /* here we stop, and here we go on */
    struct sigaction action = {.sa_handler = on_stop};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
    take();
    must_redraw = 1;
    errno = was;
}

static void on_resize(int number)
{
    (void)number;
    must_redraw = 1;
}

lure_status lure_console_open(lure_error *err)
{
    static bool registered;
    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return lure_fail(err, LURE_ERROR_STORE, "cannot read the terminal key by key: %s", strerror(errno));
    if (!registered)
        atexit(lure_console_close);
    registered = true;
    static const struct {
        int number;
        void (*handler)(int);
    } signals[] = {
        {SIGHUP, on_end}, {SIGQUIT, on_end}, {SIGABRT, on_end}, {SIGTSTP, on_stop}, {SIGWINCH, on_resize}};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction action = {.sa_handler = signals[i].handler};
        sigemptyset(&action.sa_mask);
        sigaction(signals[i].number, &action, NULL);
    }
    take();
    return LURE_OK;
}

/* ---- drawing and reading ---- */

void lure_console_draw(const char *text)
{
    lure_text screen;
    lure_text_init(&screen);
    lure_text_add(&screen, "\033[H\033[2J");
    lure_text_add(&screen, text);
    say(screen.data, screen.length);
    lure_text_free(&screen);
}

/* The next byte, or -1 when none comes within so many milliseconds (-1: for ever), the input ended, or the console was
   closed by a signal. Other signals come all the time: the sandbox's clock. */
static int read_byte(int milliseconds)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    const double until = lure_clock_seconds() + milliseconds / 1000.0;
    unsigned char byte;
    int ready;
    do {
        int left = (int)ceil((until - lure_clock_seconds()) * 1000.0);
        ready = poll(&input, 1, milliseconds < 0 ? -1 : left > 0 ? left : 0);
    } while (ready < 0 && errno == EINTR && is_open && !must_redraw);
    return ready > 0 && read(STDIN_FILENO, &byte, 1) == 1 ? byte : -1;
}

/* What follows an escape: ESC [ A, ESC O A, or with numbers between. Anything else is swallowed. */
static int read_sequence(void)
{
    enum { SOON = 50 };
    int byte = read_byte(SOON);
    if (byte < 0)
        return LURE_KEY_ESCAPE;
    if (byte != '[' && byte != 'O')
        return 0;
    do
        byte = read_byte(SOON);
    while (byte == ';' || (byte >= '0' && byte <= '9'));
    switch (byte) {
    case 'A': return LURE_KEY_UP;
    case 'B': return LURE_KEY_DOWN;
    case 'C': return LURE_KEY_RIGHT;
    case 'D': return LURE_KEY_LEFT;
    default: return 0;
    }
}

int lure_console_key(void)
{
    for (;;) {
        if (must_redraw) {
            must_redraw = 0;
            return LURE_KEY_REDRAW;
        }
        int byte = read_byte(-1);
        if (byte < 0 && is_open && must_redraw)
            continue;
        if (byte < 0 || byte == 4) /* Ctrl-D */
            return LURE_KEY_END;
        if (byte == '\r')
            return LURE_KEY_ENTER;
        if (byte == 8)
            return LURE_KEY_BACKSPACE;
        int key = byte == LURE_KEY_ESCAPE ? read_sequence() : byte <= 127 ? byte : 0;
        if (key)
            return key;
    }
}
