/* version.h: what this build calls itself. The result version is part of every run's id: it goes up whenever the
   same experiment and seed would give other numbers, so that old results are not taken for new ones. */
#ifndef LURE_BASE_VERSION_H
#define LURE_BASE_VERSION_H

#define LURE_VERSION "0.1.0"
/* 2: ids tell 3 from 3.0; table.sort keeps the order of equals, tostring gives no addresses.
   3: tanh and sigmoid of layers are vector code of our own, sums are eight partial sums; p.kl is of a whole update.
   4: a reward sees the numbers of before as the world has them, not as the policy does. */
#define LURE_RESULT_VERSION 4

#endif
