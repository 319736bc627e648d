/* SPDX-License-Identifier: Apache-2.0 */
#include "model/private_key.h"

#include "crypto/secretbox.h"

static enum err label_of(struct arena *a, const struct object *o, struct str *ret)
{
    return secretbox_label(a, o->environment, o->type, o->id, "key", ret);
}

enum err private_key_seal(struct site *site, struct arena *a, const struct object *o, struct str der,
                          struct str *ret)
{
    struct str label;

    TRY(label_of(a, o, &label));
    return secretbox_seal(a, &site->master_key, label, der, ret);
}

enum err private_key_open(struct site *site, struct arena *a, const struct object *o, struct str sealed,
                          enum key_algorithm algorithm, struct key **ret)
{
    struct str label, der;
    enum err e;

    TRY(label_of(a, o, &label));
    TRY(secretbox_open(a, &site->master_key, label, sealed, &der));
    e = key_from_der(der, algorithm, ret);
    return e == INVALID ? CORRUPT : e; /* the store's fault, not that of who names the key */
}
