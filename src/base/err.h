/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How functions say that they failed, and how what they own is released.
 *
 * A fallible function returns enum err, is MUST_CHECK, and changes its out-parameters only on OK. Whoever
 * finds a fault that a client has to hear of fills the request's problem and returns FAILED; callers pass it
 * up.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err {
    OK = 0,
    FAILED,      /* the request's problem says what is wrong */
    INVALID,     /* what came in breaks its grammar or a limit */
    NOT_FOUND,   /* no such thing */
    CONFLICT,    /* a unique value is taken, or somebody else changed it first */
    DENIED,      /* known, but not allowed */
    TOO_LARGE,   /* over a limit */
    NO_MEMORY,   /* an allocation failed */
    NO_SPACE,    /* the disk is full */
    UNAVAILABLE, /* the store or a queue cannot take it now; later may work */
    IO,          /* the operating system refused */
    CORRUPT,     /* stored data is not what was written */
    ERR_COUNT,
};

#define MUST_CHECK        __attribute__((warn_unused_result))
#define UNUSED            __attribute__((unused))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define LENGTH(array)     (sizeof(array) / sizeof((array)[0]))

/** Return what `call` returned unless that is OK. */
#define TRY(call)                                                                                            \
    do {                                                                                                     \
        enum err try_err = (call);                                                                           \
        if (try_err != OK)                                                                                   \
            return try_err;                                                                                  \
    } while (0)

/** Declare a variable that `release` is given the address of when it goes out of scope. */
#define SCOPED(release) __attribute__((cleanup(release)))

/** Take a pointer out of a SCOPED variable, which then releases nothing. */
#define TAKE(variable)                                                                                       \
    __extension__({                                                                                          \
        __typeof__(variable) taken = (variable);                                                             \
        (variable) = NULL;                                                                                   \
        taken;                                                                                               \
    })

/** The name of an error, for log lines: "NO_SPACE". Static text. */
const char *err_name(enum err e);

#endif
