/* check_gradient_math.c: see check_gradient_math.h. */
#include "check/check_gradient_math.h"

#include <math.h>

/* ---- all sequences of choices ---- */

void lure_odometer_begin(lure_odometer *o)
{
    o->n_made = 0;
}

static size_t first_way(size_t n, const double *p, size_t from)
{
    while (from < n && !(p[from] > 0))
        from++;
    return from;
}

double lure_odometer_draw(const lure_odometer *o)
{
    if (o->rng)
        return lure_rng_uniform(o->rng);
    if (o->n_made >= o->n_planned)
        return 0.0;
    const lure_choice *c = &o->choices[o->n_made];
    double before = 0.0;
    for (size_t i = 0; i < c->taken; i++)
        before += c->p[i];
    return before + c->p[c->taken] / 2;
}

void lure_odometer_note(lure_odometer *o, size_t n, const double *p, size_t taken)
{
    if (o->n_made >= (o->rng ? LURE_MOST_DRAWN : LURE_MOST_CHOICES) || n > LURE_MOST_WAYS) {
        o->overflowed = true;
        return;
    }
    if (o->rng) {
        o->n_made++;
        return;
    }
    lure_choice *c = &o->choices[o->n_made++];
    c->n = n;
    c->taken = taken;
    for (size_t i = 0; i < n; i++)
        c->p[i] = p[i];
}

size_t lure_odometer_choose(lure_odometer *o, size_t n, const double *p)
{
    double u = lure_odometer_draw(o), end = 0.0;
    size_t taken = first_way(n, p, 0), way = taken;
    for (; way < n; way = first_way(n, p, way + 1)) {
        taken = way;
        end += p[way];
        if (u < end)
            break;
    }
    lure_odometer_note(o, n, p, taken);
    return taken;
}

double lure_odometer_probability(const lure_odometer *o)
{
    double product = 1.0;
    for (size_t i = 0; i < o->n_made; i++)
        product *= o->choices[i].p[o->choices[i].taken];
    return product;
}

bool lure_odometer_advance(lure_odometer *o)
{
    if (o->rng)
        return true;
    for (size_t i = o->n_made; i-- > 0;) {
        lure_choice *c = &o->choices[i];
        size_t next = first_way(c->n, c->p, c->taken + 1);
        if (next < c->n) {
            c->taken = next;
            o->n_planned = i + 1;
            return true;
        }
    }
    return false;
}

double lure_odometer_ways(const lure_odometer *o)
{
    double product = 1.0;
    for (size_t i = 0; i < o->n_made; i++)
        product *= (double)o->choices[i].n;
    return product;
}

/* ---- expectation ---- */

void lure_moments_add(lure_moments *m, double weight, const double *gradient)
{
    double square = 0.0;
    for (size_t i = 0; i < m->n; i++) {
        m->mean[i] += weight * gradient[i];
        square += gradient[i] * gradient[i];
    }
    m->square += weight * square;
    m->weight += weight;
    m->n_added++;
}

void lure_moments_average(lure_moments *m)
{
    for (size_t i = 0; i < m->n; i++)
        m->mean[i] /= m->weight;
    m->square /= m->weight;
    m->weight = 1.0;
}

double lure_moments_variance(const lure_moments *m)
{
    double square = 0.0;
    for (size_t i = 0; i < m->n; i++)
        square += m->mean[i] * m->mean[i];
    return fmax(m->square - square, 0.0);
}

/* ---- two gradients ---- */

lure_fit lure_fit_gradients(size_t n, const double *update, const double *truth, const bool *counted)
{
    double uu = 0.0, tt = 0.0, ut = 0.0, rest = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (counted && !counted[i])
            continue;
        uu += update[i] * update[i];
        tt += truth[i] * truth[i];
        ut += update[i] * truth[i];
    }
    lure_fit fit = {.update = sqrt(uu), .truth = sqrt(tt)};
    fit.cosine = uu > 0 && tt > 0 ? ut / (fit.update * fit.truth) : NAN;
    fit.scale = tt > 0 ? ut / tt : NAN;
    for (size_t i = 0; i < n; i++) { /* summed anew: 1 - cosine^2 would drown in rounding */
        double d = update[i] - fit.scale * truth[i];
        rest += !counted || counted[i] ? d * d : 0.0;
    }
    fit.bias = sqrt(rest) / (fabs(fit.scale) * fit.truth);
    return fit;
}

/* ---- finite differences ---- */

lure_difference lure_differentiate_numerically(lure_scalar_function f, void *data, double *x, double h)
{
    static const double at[4] = {-2, -1, 1, 2};
    const double middle = *x;
    double y[4], y0 = f(data);
    for (int i = 0; i < 4; i++) {
        *x = middle + at[i] * h;
        y[i] = f(data);
    }
    *x = middle;
    double left = (y0 - y[1]) / h, right = (y[2] - y0) / h;
    double far_left = (y[1] - y[0]) / h, far_right = (y[3] - y[2]) / h;
    /* of a smooth function the three changes of slope are alike, about h * f''; a kink shows in one of them */
    double change[3] = {left - far_left, right - left, far_right - right};
    double most = 0.0, least = INFINITY;
    for (int i = 0; i < 3; i++) {
        most = fmax(most, fabs(change[i]));
        least = fmin(least, fabs(change[i]));
    }
    double size = fmax(fmax(fabs(left), fabs(right)), 1e-3);
    return (lure_difference){.derivative = (8 * (y[2] - y[1]) - (y[3] - y[0])) / (12 * h),
                             .is_kinked = most > 1e-3 * size && most > 8 * least};
}
