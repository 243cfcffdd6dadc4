/* lesson.h: closed forms of the fry-shacks lesson and of a softmax bandit; written by lesson.py beside it, which
   states and evaluates them with 50 digits. */
/* clang-format off */
#ifndef LURE_REFERENCE_LESSON_H
#define LURE_REFERENCE_LESSON_H

#include <stdint.h>

/* The two worked updates: hunger 0, learning rate 1, bias 0 at first. */
typedef struct lesson_update {
    double p_norm, draw;
    int32_t action; /* 0 Squatch, 1 Norm */
    double cross_entropy, derivative, reward, step, bias;
} lesson_update;
static const lesson_update lesson_updates[2] = {
    {0.5, 0.2, 0, 0.69314718055994530942, 0.5, 1, 0.5, -0.5},
    {0.37754066879814543536, 0.9, 1, 0.97407698418010668087, -0.62245933120185456464, -1, 0.62245933120185456464, -1.1224593312018545646}};
static const double lesson_p_norm_after = 0.24555538786727172969;

/* The expected reward J(bias), hunger uniform on [0, 1], weight 20, and its derivative. */
typedef struct lesson_point {
    double bias, reward, slope;
} lesson_point;
static const lesson_point lesson_points[4] = {
    {0, 0.069305638482266520044, -0.049990920632374874940},
    {-3, 0.30467644600655699003, -0.095075206583300740235},
    {-10, 0.86137964366785431105, 0},
    {-12, 0.77464855284804285087, 0.076126494999990062473}};

/* Softmax bandit: preferences, values of the two arms, probabilities, derivative of the expected value. */
static const double bandit_preferences[2] = {0.2, -0.1}, bandit_values[2] = {1, 0};
static const double bandit_probabilities[2] = {0.57444251681165898715, 0.42555748318834101285};
static const double bandit_gradient[2] = {0.24445831169074586907, -0.24445831169074586907};

#endif
