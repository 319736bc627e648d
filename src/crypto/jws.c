/* SPDX-License-Identifier: Apache-2.0 */
/* JWS in compact serialisation. */
#include "crypto/jws.h"

#include "base/encoding.h"

static enum err join(struct arena *a, struct str before, struct str behind, struct str *ret)
{
    const struct str parts[] = { before, STR("."), behind };

    return str_join(a, parts, LENGTH(parts), ret);
}

enum err jws_sign(struct arena *a, const struct key *k, struct str kid, const char *type, struct str payload,
                  struct str *ret)
{
    struct str header, body, signature, signed_part;

    TRY(str_printf(a, &header, "{\"alg\":\"%s\",\"kid\":\"%.*s\",\"typ\":\"%s\"}",
                   key_algorithm_name(key_algorithm(k)), STR_FMT(kid), type));
    TRY(base64url_encode(a, header, &header));
    TRY(base64url_encode(a, payload, &body));
    TRY(join(a, header, body, &signed_part));
    TRY(key_sign(a, k, signed_part, &signature));
    TRY(base64url_encode(a, signature, &signature));
    return join(a, signed_part, signature, ret);
}

static enum err parse_part(struct arena *a, struct str part, const struct json **ret)
{
    struct str text;

    TRY(base64url_decode(a, part, &text));
    TRY(json_parse(a, text, NULL, ret));
    return json_kind(*ret) == JSON_OBJECT ? OK : INVALID;
}

enum err jws_parse(struct arena *a, struct str token, struct jws *ret)
{
    struct str rest = token, header, payload, signature, more;
    const struct json *head;
    struct jws j = { 0 };

    if (token.len > JWS_LENGTH_MAX)
        return INVALID;
    if (!str_next(&rest, '.', &header) || !str_next(&rest, '.', &payload) ||
        !str_next(&rest, '.', &signature) || str_next(&rest, '.', &more))
        return INVALID;
    TRY(parse_part(a, header, &head));
    if (json_get(head, "crit") || json_get(head, "b64"))
        return INVALID;
    TRY(parse_part(a, payload, &j.payload));
    TRY(base64url_decode(a, signature, &j.signature));
    j.kid = json_path_str(head, "kid");
    j.type = json_path_str(head, "typ");
    j.algorithm = json_path_str(head, "alg");
    j.signed_part = str_slice(token, 0, header.len + 1 + payload.len);
    *ret = j;
    return OK;
}

enum err jws_verify(struct arena *a, const struct key *k, const struct jws *j)
{
    if (!str_is(j->algorithm, key_algorithm_name(key_algorithm(k))))
        return DENIED;
    return key_verify(a, k, j->signed_part, j->signature);
}
