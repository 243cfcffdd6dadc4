/* cartpole.c: CartPole with random actions as a plain loop in C, a yardstick of the benchmark: what a person would write
   who wants this one world and no engine. Double precision, libm's sine, a splitmix64 generator (Steele, Lea & Flood
   2014); what is seen goes into an array of single precision that is written over and over. Prints, for every line of
   stdin, the nanoseconds of a step and the mean length of an episode. The numbers of the world: environments/cartpole.lua. */
#define _POSIX_C_SOURCE 199309L
#include "measure.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

enum { ROWS = 4096, LIMIT = 500 };

typedef struct cartpole {
    double x, speed, angle, spin;
    int length;
} cartpole;

static inline uint64_t word(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

static double uniform(uint64_t *random) /* [-0.05, 0.05) */
{
    return 0.1 * ((double)(word(random) >> 11) * 0x1p-53) - 0.05;
}

static void reset(cartpole *c, uint64_t *random)
{
    *c = (cartpole){.x = uniform(random), .speed = uniform(random)};
    c->angle = uniform(random);
    c->spin = uniform(random);
}

static bool step(cartpole *c, bool right)
{
    const double gravity = 9.8, cart = 1.0, pole = 0.1, half_length = 0.5, tau = 0.02;
    const double mass = cart + pole, moment = pole * half_length;
    const double sine = sin(c->angle), cosine = cos(c->angle);
    const double shove = ((right ? 10.0 : -10.0) + moment * c->spin * c->spin * sine) / mass;
    const double spin_up =
        (gravity * sine - cosine * shove) / (half_length * (4.0 / 3.0 - pole * cosine * cosine / mass));
    const double speed_up = shove - moment * spin_up * cosine / mass;
    c->x += tau * c->speed;
    c->speed += tau * speed_up;
    c->angle += tau * c->spin;
    c->spin += tau * spin_up;
    c->length++;
    return fabs(c->x) > 2.4 || fabs(c->angle) > 12 * 3.14159265358979323846 / 180;
}

static uint64_t run(uint64_t steps, cartpole *c, uint64_t *random)
{
    static float seen[ROWS][4];
    static float rewards[ROWS];
    uint64_t episodes = 0;
    for (uint64_t i = 0; i < steps; i++) {
        float *row = seen[i % ROWS];
        row[0] = (float)c->x;
        row[1] = (float)c->speed;
        row[2] = (float)c->angle;
        row[3] = (float)c->spin;
        const bool terminated = step(c, word(random) >> 63);
        rewards[i % ROWS] = 1.0F;
        if (terminated || c->length >= LIMIT) {
            episodes++;
            reset(c, random);
        }
    }
    /* what nobody reads might not be written */
    __asm__ volatile("" : : "r"(seen), "r"(rewards) : "memory");
    return episodes;
}

int main(void)
{
    const double sample = 0.1;
    uint64_t random = 1;
    cartpole c;
    char line[128];
    reset(&c, &random);
    while (fgets(line, sizeof line, stdin)) {
        for (uint64_t steps = 100000;;) {
            const double started = seconds_of_process();
            const uint64_t episodes = run(steps, &c, &random);
            const double taken = seconds_of_process() - started;
            if (taken >= sample) {
                printf("%.3f %.3f\n", taken / (double)steps * 1e9, (double)steps / (double)episodes);
                fflush(stdout);
                break;
            }
            steps = (uint64_t)((double)steps * 1.2 * sample / (taken > sample / 50 ? taken : sample / 50));
        }
    }
    return 0;
}
