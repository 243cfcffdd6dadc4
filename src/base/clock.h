/* clock.h: the clocks. Only what a person reads or a limit measures comes from here, never a result. */
#ifndef LURE_BASE_CLOCK_H
#define LURE_BASE_CLOCK_H

double lure_clock_seconds(void); /* monotonic, async-signal-safe */
double lure_clock_wall(void);    /* seconds since 1970, as the system has them */
enum { LURE_CLOCK_SIZE = 32 };
void lure_clock_utc(char out[LURE_CLOCK_SIZE]); /* 2026-01-31T23:59:59Z */

#endif
