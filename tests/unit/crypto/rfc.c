/* SPDX-License-Identifier: Apache-2.0 */
/* The examples of the JOSE specifications. Their private keys stand here as PKCS #8; that they are the RFCs'
 * keys shows in what they give as JWK. */
#include "test.h"

#include "base/encoding.h"
#include "crypto/digest.h"
#include "crypto/jws.h"

static const char rfc7515_a2[] =
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCh-BYK4uPJtGXOjS1lYmM2K5J9vinh8CR3_BYlzJChNuOL"
    "2TSXxbbqY913EeZ8dCn5VrD7io8ImtxLaYk8wTM_U-3QGbh3hCUv7JFP5IV3aVlL6kKA0ywPVb9ilE8TA5a8bpvfbr3SvaNn"
    "juygxmj3AbONv_s4yDQs4v5tJ_reSlpIdJed1LnPmt7Ex1sFhSwsD174pcF1A5L5ROjtZMEQxrZHYJqkeDrrnGya11UxMFBj"
    "i4NmXG9veoKjlnAqH2QbgtPr8jkiGUkftoaHLFcW9Qr4NY2ai50Xw0Byj3-H2JoY2PyrZ62EWQwuz3WTOTY8BwNNb2BvniHg"
    "VFbK5emhAgMBAAECggEAEq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeX"
    "Zx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzj"
    "kn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl"
    "_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQKBgQDgHMQQ60imZV1URk0K"
    "pLttoLhyt3SmqdEf_kgHePDdtzEafpAu-cS191R2JiuoF2yzWXnwFDcqGigp5BNr0AHQfD8_Lk8l1Mk09jxxCfui5nYooNya"
    "c8YFjm3vItzVCVDnEd3BbVWG8qf6deqElMGAg-C2V0L4oNXnP7LZcPAZRwKBgQC5A8R-CZW2MvRTLLHzwZkUXV866cff7tx6"
    "kqa0finGG0KgeqlaZPxgCZnFp7AeAcCMtiynVlJ7vMVgePsLq6XtON4tB5kP9jAPrq3rbAOal78eUH5OcED6eNuCV8ixEu1e"
    "WcPNCS_l1OW1EnXUEoEHKl54Xrrz2uNwkgMTP1FZ1wKBgAcCn1dwJKufzBWQxWQp1vsM5fggqPN1qGb5y0MAk3g7_Ls5bkUp"
    "5u9SN0Ai3Ya6hNnvWJMb7sXQX6U_zyO2M_hTip7tUeh7CXgwo59dkpN75gJLVds29-DAncu3KXU4f2Fa-7bLNrur53k8KwPO"
    "q2bbuTG69QtV7Jr5MR0AHWKNAoGBAIf_evpitUf-4JYbLpvNXWcY052Mpz22aR84mY3nh3F2LF2mjMJDpTg7FmuyPcVw6EcG"
    "yoAe9fa65iNqCq-jdw6PVNGo2hxfjSiZ8IIzHdsPXI89__pMjZcQK9r-CCoRjaZjOYiIDktVWZzmevJuv6WywUqd57LE3Zar"
    "3dLSIkx1AoGAIYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3"
    "ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U";

static const char rfc7515_a3[] =
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LKhRANC"
    "AAR_zc4ncPbEXUGDy-5v20t7WAczNXvp7xO6z248e9FURcfxRM0bvZt-hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt";

static const char rfc7515_a4[] =
    "MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIBjmlvsDRQWIHdEQtIPrh9Ms5JX-NrN0Xt8tjK5PDyU59GFaDp"
    "jqtSs8DF6sTOB1GFqOe7R96sHR3ne8z2YTXmPYKhgYkDgYYABAHpKQUPEk_GvFXH1TkzZd-d70qwwiyyV5j5NOsE48a643Aa"
    "V6eRDp2BvzYxWejryxVdY0n0vbbM-KlMXFnHqsEBpAA0pkQON2dQ0jcf0b3CyPO3HS9O5eo0MsgVzKMVYP5dk4fsd0tVg4Yw"
    "5cu_Woy-CpHdAGTGmZofbm5n-t3t5MjI9g";

static const char rfc7517_a2_rsa[] =
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDS_HtqCh5sZxBK64-Isldmm032ed2tCZtcSmzZqIAVtaEz"
    "vwuFbHhxtt8AC1VPzrPC7VErto8UXG6ENHUvq1Khz8EkQI95tYpFeMFkKIVXifeiSeOEyy2fri1n_Zb7kmwZjgdzmf3IFcCv"
    "CX3eWq3v9E3nDoJ_SHhDJDm_7rlgaNBHT8UNbZC_OpjfrxBAyJwC1pKrOzwolmCdhv1zt3TOB0BkfO7qoxC9EvmFqOufWf3U"
    "Js6lshIPTyo0vKt2S35sVNaEAji8xAWHpZ5m7R8ziUV3Y1xHCvdc-Swg0dpD4b_EGeIipvDQuzWMXjj5ywUK6v6QSBTxrBqk"
    "nMqeoMqDAgMBAAECggEAX4cTteJY_gn4FYPsXB8rdXix5vwsg1FLN5E3EaG6RJoVH-HLLKD9M7dx5oo7GURknchnrRweUkC7"
    "hT5fJLM0WbFAKNLWY2vv7B6NqXSzUvxT0_YSfqijwp3RTzlBaCxWp4doFk5N2o8Gy_nHNKroADIkJ46pRUohsXywbReAdYaM"
    "wFs9tv8d_cPVY3i07a3t8MN6TNwm0dSawm9v47UiCl3Sk5ZiG7xojPLu4sbg1U2jx4IBTNBznbJSzFHK66jT8bgkuqsk0Gjs"
    "kDJk19Z4qwjwbsnn4j2WBii3RL-Us2lGVkY8fkFzme1z0HbIkfz0Y6mqnOYtqc0X4jfcKoAC8QKBgQDzeL7si8wZegxcKyS_"
    "vdMqvzrfsWI7tnbvO_yiPqltZRDIs9AFDG09WfAPbRH7rR5MOYPa6Ocy3k-ioyubxF-Y2FVYO2OMyYIyM6lJeJwUePtc65Uh"
    "hDKpVaVYSHp03foZVliT3c3wFz29jjXHLwH1HPM4ZVDNe80S-fs7SdVt-wKBgQDd185H1y5ir7RL6aQUvOAi2AwR8XMHareF"
    "Z6Ey4bSgK6qdve-hsvK6aqNVlA7V0it3CBOcJ2ljMFw59bmvfvQAVeOJZ-380YSKi-ieLOEqmj1VVLvxPMWDGQh2t5xF7Oxn"
    "7WRh3-zWoNvG2QMSB8AhMAb0tScAO6fi8hxvrJ6XGQKBgBuLD15HOmGvcvKCVvfyC4-MbqabtJc4vx-1U5EvMY-UnV93KBNK"
    "IpmMMSItnpkwLntFDmuXaYBRsgSeHPLUNlReNNl0boCg0z_GpGIRaObQAO-0HvzZrbmGXNwt5tyNuBthr0ebEg8VMgDds6vC"
    "35_RFJrOq2Nzm_GHoipE4gY9AoGBALPZQB_X4IAbKBUfDmnNkfxNoMNvNq09pBjgIbyJZRExNXn6wOoblFLzHwXDKZ_Janlu"
    "r8852GOUkkBe6THQv2oCN5xvCG6dQVG9CVIq2kTalHy4XEG_3fRheA4e3u-Fm0bKG0aJ7o02DdcQmj-kzutY71q1_i9fLcV8"
    "OPeEP3IJAoGAGyM_p6JrXySiz1toFgKbWV-JdI3jQ4ypu9rbMWx3rQJBfmt0FoYzgUIZEVFEcOqwemRN81zoDAaa-Bk0KWNG"
    "DjJHZDdDmFhW3AN7lI-puxk_mHZGJ11rxyR8O55XLSe3SPmRfKwZI6yU24ZxvQKFYItdldUKGzO6Ia6zTKhAVRU";

static const char rfc7517_a2_ec[] =
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAGhRANC"
    "AAQwoEJM0hwpRIOKLXXJKzfnbqINnwCJOjtO7oo8Cq_sPuBLZekkVtmIi1Kzeb371R7oae8fD8ZbZllpW2zOCBcj";

/* {"iss":"joe",<CR><LF> "exp":1300819380,<CR><LF> "http://example.com/is_root":true} */
#define PAYLOAD                                                                                              \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

static struct key *read_key(const char *der64, enum key_algorithm algorithm)
{
    struct key *k;
    struct str der;

    assert_ok(base64url_decode(test_arena(), str_from(der64), &der));
    assert_ok(key_from_der(der, algorithm, &k));
    return k;
}

static const struct json *jwk_of(const struct key *k)
{
    struct buf b = buf_make(test_arena(), BUF_NO_LIMIT);
    const struct json *v;
    struct str text;

    assert_ok(key_write_jwk(&b, k, STR("k")));
    assert_ok(buf_finish(&b, &text));
    assert_ok(json_parse(test_arena(), text, NULL, &v));
    return v;
}

static enum err verify(const struct key *k, const char *token)
{
    struct jws j;

    assert_ok(jws_parse(test_arena(), str_from(token), &j));
    assert_str(json_path_str(j.payload, "iss"), "joe");
    return jws_verify(test_arena(), k, &j);
}

static const char a2_signed[] = "eyJhbGciOiJSUzI1NiJ9." PAYLOAD;
static const char a2_signature[] =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujG"
    "bds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K"
    "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6"
    "LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

TEST(rfc, rs256_signs_as_in_the_example) /* RFC 7515 A.2 */
{
    SCOPED(key_freep) struct key *k = read_key(rfc7515_a2, KEY_RS256);
    struct str signature, text;

    assert_str(json_path_str(jwk_of(k), "e"), "AQAB");
    assert_ok(key_sign(test_arena(), k, str_from(a2_signed), &signature));
    assert_ok(base64url_encode(test_arena(), signature, &text));
    assert_str(text, a2_signature);
}

TEST(rfc, rs256_verifies_the_example) /* RFC 7515 A.2 */
{
    SCOPED(key_freep) struct key *k = read_key(rfc7515_a2, KEY_RS256);
    struct str token;

    assert_ok(str_printf(test_arena(), &token, "%s.%s", a2_signed, a2_signature));
    assert_ok(verify(k, token.p));
}

TEST(rfc, es256_verifies_the_example) /* RFC 7515 A.3 */
{
    SCOPED(key_freep) struct key *k = read_key(rfc7515_a3, KEY_ES256);

    assert_str(json_path_str(jwk_of(k), "x"), "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
    assert_str(json_path_str(jwk_of(k), "y"), "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
    assert_ok(
        verify(k, "eyJhbGciOiJFUzI1NiJ9." PAYLOAD
                  ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"));
}

TEST(rfc, es512_verifies_the_example) /* RFC 7515 A.4; its payload is no object */
{
    SCOPED(key_freep) struct key *k = read_key(rfc7515_a4, KEY_ES512);
    struct str signature;

    assert_str(json_path_str(jwk_of(k), "crv"), "P-521");
    assert_ok(base64url_decode(
        test_arena(),
        STR("AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO"
            "0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXu"
            "kOXolLzeO_Jn"),
        &signature));
    assert_ok(key_verify(test_arena(), k, STR("eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA"), signature));
    assert_err(key_verify(test_arena(), k, STR("eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZB"), signature), DENIED);
}

TEST(rfc, an_unsecured_token_is_refused_whatever_the_key) /* RFC 7515 A.5, RFC 8725 3.1 */
{
    static const enum key_algorithm algorithms[] = { KEY_RS256, KEY_ES256 };

    for (size_t i = 0; i < LENGTH(algorithms); i++) {
        SCOPED(key_freep) struct key *k = NULL;

        assert_ok(key_generate(algorithms[i], 2048, &k));
        assert_err(verify(k, "eyJhbGciOiJub25lIn0." PAYLOAD "."), DENIED);
    }
}

TEST(rfc, a_rsa_keys_thumbprint_is_that_of_the_example) /* RFC 7638 3.1; the key is RFC 7517 A.1's */
{
    SCOPED(key_freep) struct key *k = read_key(rfc7517_a2_rsa, KEY_RS256);
    const struct json *jwk = jwk_of(k);
    struct str canonical, text;
    struct digest d;

    assert_ok(str_printf(test_arena(), &canonical, "{\"e\":\"%.*s\",\"kty\":\"%.*s\",\"n\":\"%.*s\"}",
                         STR_FMT(json_path_str(jwk, "e")), STR_FMT(json_path_str(jwk, "kty")),
                         STR_FMT(json_path_str(jwk, "n"))));
    d = sha256(canonical);
    assert_ok(base64url_encode(test_arena(), digest_str(&d), &text));
    assert_str(text, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST(rfc, an_ec_key_is_written_as_in_the_example) /* RFC 7517 A.1 */
{
    SCOPED(key_freep) struct key *k = read_key(rfc7517_a2_ec, KEY_ES256);
    const struct json *jwk = jwk_of(k);

    assert_str(json_path_str(jwk, "kty"), "EC");
    assert_str(json_path_str(jwk, "crv"), "P-256");
    assert_str(json_path_str(jwk, "x"), "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4");
    assert_str(json_path_str(jwk, "y"), "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM");
}

TEST(rfc, coordinates_keep_their_leading_zeros) /* RFC 7518 6.2.1.2, 6.2.1.3 */
{
    SCOPED(key_freep) struct key *k = read_key(rfc7515_a4, KEY_ES512);

    assert_str(json_path_str(jwk_of(k), "y"),
               "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2");
}

TEST(rfc, signatures_of_ecdsa_have_a_fixed_length) /* RFC 7518 3.4 */
{
    SCOPED(key_freep) struct key *k = read_key(rfc7515_a4, KEY_ES512);
    struct str signature;

    for (int i = 0; i < 20; i++) {
        assert_ok(key_sign(test_arena(), k, STR("text"), &signature));
        assert_int_equal(signature.len, 132);
        assert_ok(key_verify(test_arena(), k, STR("text"), signature));
    }
    assert_err(key_verify(test_arena(), k, STR("text"), str_slice(signature, 0, 131)), DENIED);
}
