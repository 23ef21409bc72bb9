/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.api.source.WebhookOutcome;
import dev.sluice.api.source.WebhookOutcome.Refuse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Requests with the values that the senders publish for this purpose, where they do. */
class VerificationTest {

    private static final String SLACK_SECRET = "8f742231b10e8888abcd99yyyzzz85a5";
    private static final String SLACK_BODY =
            "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
                    + "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
                    + "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554"
                    + "%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    private static final long SLACK_TIME = 1531420618;
    private static final String STANDARD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final long STANDARD_TIME = 1614265330;

    private static Request standard(String signature) {
        return Request.of("{\"test\": 2432232314}")
                .header("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
                .header("webhook-timestamp", Long.toString(STANDARD_TIME))
                .header("webhook-signature", signature)
                .at(STANDARD_TIME);
    }

    private static Request slack() {
        return Request.of(SLACK_BODY)
                .form()
                .header("X-Slack-Request-Timestamp", Long.toString(SLACK_TIME))
                .header("X-Slack-Signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503")
                .at(SLACK_TIME + 1);
    }

    private static Request stripe(String secret, String body, long time, long arrival) {
        String signature = Encoding.HEX.encode(MacKey.ofText("HmacSHA256", secret)
                .sign(List.of((time + "." + body).getBytes(StandardCharsets.UTF_8))));
        return Request.of(body)
                .header("Stripe-Signature", "t=" + time + ",v1=" + signature + ",v0=0000")
                .at(arrival);
    }

    private static void assertRefused(Refuse refusal, String error) {
        assertThat(refusal).isNotNull();
        assertThat(refusal.kind()).isEqualTo(WebhookOutcome.Kind.UNAUTHORIZED);
        assertThat(refusal.error()).contains(error);
    }

    @Test
    void takes_the_example_that_github_publishes() {
        // Given
        Verifier verifier = Verifiers.of(Recipe.GITHUB, "It's a Secret to Everybody");
        Request request = Request.of("Hello, World!")
                .header(
                        "X-Hub-Signature-256",
                        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");

        // When
        Refuse refusal = verifier.verify(request.incoming());

        // Then
        assertThat(refusal).isNull();
    }

    @Test
    void takes_the_example_that_bitbucket_publishes() {
        // Given
        Verifier verifier = Verifiers.of(Recipe.BITBUCKET, "It's a Secret to Everybody");
        Request request = Request.of("Hello World!")
                .header("X-Hub-Signature", "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9");

        // When
        Refuse refusal = verifier.verify(request.incoming());

        // Then
        assertThat(refusal).isNull();
    }

    @Test
    void takes_the_example_that_slack_publishes() {
        assertThat(Verifiers.of(Recipe.SLACK, SLACK_SECRET).verify(slack().incoming()))
                .isNull();
    }

    @Test
    void takes_the_example_that_standard_webhooks_publishes() {
        assertThat(Verifiers.of(Recipe.STANDARD_WEBHOOKS, STANDARD_SECRET)
                        .verify(standard("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
                                .incoming()))
                .isNull();
    }

    @Test
    void takes_the_example_that_twilio_publishes() {
        // Given
        Verifier verifier = Verifiers.of(Recipe.TWILIO, "12345");
        Request request = Request.of("To=%2B18005551212&Caller=%2B14158675309&Digits=1234&From=%2B14158675309"
                        + "&CallSid=CA1234567890ABCDE")
                .form()
                .query("foo=1&bar=2")
                .header("X-Twilio-Signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8=");

        // When
        Refuse refusal = verifier.verify(request.incoming());

        // Then
        assertThat(refusal).isNull();
    }

    @Test
    void takes_a_twilio_signature_of_the_url_with_its_port() {
        // Given
        String signature = Encoding.BASE64.encode(MacKey.ofText("HmacSHA1", "12345")
                .sign(List.of("https://mycompany.com:443/myapp.phpA1A2B3".getBytes(StandardCharsets.UTF_8))));
        Request request = Request.of("B=3&A=2&A=1&A=2").form().header("X-Twilio-Signature", signature);

        // When
        Refuse refusal = Verifiers.of(Recipe.TWILIO, "12345").verify(request.incoming());

        // Then
        assertThat(refusal).isNull();
    }

    @Test
    void holds_a_body_of_twilio_that_is_no_form_to_the_hash_in_the_url() {
        // Given
        // printf '{"ok":true}' | sha256sum
        String query = "bodySHA256=4062edaf750fb8074e7e83e0c9028c94e32468a8b6f1614774328ef045150f93";
        String signature = Encoding.BASE64.encode(MacKey.ofText("HmacSHA1", "12345")
                .sign(List.of(("https://mycompany.com/myapp.php?" + query).getBytes(StandardCharsets.UTF_8))));
        Verifier verifier = Verifiers.of(Recipe.TWILIO, "12345");

        // When
        Refuse genuine = verifier.verify(Request.of("{\"ok\":true}")
                .query(query)
                .header("X-Twilio-Signature", signature)
                .incoming());
        Refuse forged = verifier.verify(Request.of("{\"ok\":TRUE}")
                .query(query)
                .header("X-Twilio-Signature", signature)
                .incoming());

        // Then
        assertThat(genuine).isNull();
        assertRefused(forged, "is not the SHA-256 of the body");
    }

    @Test
    void holds_a_body_of_twilio_to_the_hash_in_the_url_also_if_it_calls_itself_a_form() {
        // Given
        String query = "bodySHA256=4062edaf750fb8074e7e83e0c9028c94e32468a8b6f1614774328ef045150f93";
        String signature = Encoding.BASE64.encode(MacKey.ofText("HmacSHA1", "12345")
                .sign(List.of(("https://mycompany.com/myapp.php?" + query).getBytes(StandardCharsets.UTF_8))));

        // When
        Refuse refusal = Verifiers.of(Recipe.TWILIO, "12345")
                .verify(Request.of("&&&")
                        .form()
                        .query(query)
                        .header("X-Twilio-Signature", signature)
                        .incoming());

        // Then
        assertRefused(refusal, "is not the SHA-256 of the body");
    }

    /** The event that Stripe's own library for .NET verifies in its tests, with its signature. */
    @Test
    void takes_the_example_that_stripe_publishes() {
        // Given
        Request request = Request.of("""
                {
                  "id": "evt_123",
                  "object": "event",
                  "account": "acct_123",
                  "api_version": "2017-05-25",
                  "created": 1533204620,
                  "data": {
                    "object": {
                      "id": "cus_123",
                      "object": "customer",
                      "created": 123456789,
                      "email": "test@stripe.com",
                      "livemode": false,
                      "metadata": {}
                    }
                  },
                  "livemode": false,
                  "pending_webhooks": 1,
                  "request": {
                    "id": "req_123",
                    "idempotency_key": "idempotency-key-123"
                  },
                  "type": "customer.created"
                }
                """)
                .header(
                        "Stripe-Signature",
                        "t=1533204620,v1=2220f87ef101a04665f11cdf770523143f875572008577fa0f20882ddb9cc3c7"
                                + ",v0=63f3a72374a733066c4be69ed7f8e5ac85c22c9f0a6a612ab9a025a9e4ee7eef")
                .at(1_533_204_620);

        // When
        Refuse refusal = Verifiers.of(Recipe.STRIPE, "webhook_secret").verify(request.incoming());

        // Then
        assertThat(refusal).isNull();
    }

    @Test
    void takes_what_stripe_signs_with_any_secret_that_is_valid() {
        // Given
        Verifier verifier = Verifiers.of(Recipe.STRIPE, "whsec_new\nwhsec_old\n");

        // When
        Refuse refusal = verifier.verify(stripe("whsec_old", "{\"id\":\"evt_1\"}", 1_769_860_800, 1_769_860_801)
                .incoming());

        // Then
        assertThat(refusal).isNull();
    }

    @Test
    void takes_a_stripe_header_with_several_signatures() {
        // Given
        String body = "{}";
        String right = Encoding.HEX.encode(MacKey.ofText("HmacSHA256", "whsec_a")
                .sign(List.of(("1769860800." + body).getBytes(StandardCharsets.UTF_8))));
        Request request = Request.of(body)
                .header("Stripe-Signature", "t=1769860800,v1=" + "0".repeat(64) + ",v1=" + right)
                .at(1_769_860_800);

        // When
        Refuse refusal = Verifiers.of(Recipe.STRIPE, "whsec_a").verify(request.incoming());

        // Then
        assertThat(refusal).isNull();
    }

    @Test
    void refuses_a_stripe_header_that_is_not_whole() {
        Verifier verifier = Verifiers.of(Recipe.STRIPE, "whsec_a");
        assertRefused(
                verifier.verify(
                        Request.of("").header("Stripe-Signature", "v1=00").incoming()),
                "has no time");
        assertRefused(
                verifier.verify(Request.of("").header("Stripe-Signature", "t=1").incoming()), "has no signature");
        assertRefused(
                verifier.verify(Request.of("")
                        .header("Stripe-Signature", "t=1,t=2,v1=00")
                        .incoming()),
                "has several times");
    }

    /** Shopify publishes no example with its secret: printf '{"id":1}' | openssl dgst -sha256 -hmac hush -binary | base64. */
    @Test
    void takes_what_shopify_signs() {
        // When
        Refuse refusal = Verifiers.of(Recipe.SHOPIFY, "hush")
                .verify(Request.of("{\"id\":1}")
                        .header("X-Shopify-Hmac-Sha256", "VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1/GSeY=")
                        .incoming());

        // Then
        assertThat(refusal).isNull();
    }

    @Test
    void takes_gitlabs_token_and_its_signature() {
        // Given
        Verifier both = Verifiers.of(Recipe.GITLAB, STANDARD_SECRET + "\nplain-token");

        // When
        Refuse signed = both.verify(
                standard("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=").incoming());
        Refuse token = both.verify(
                Request.of("{}").header("X-Gitlab-Token", "plain-token").incoming());

        // Then
        assertThat(signed).isNull();
        assertThat(token).isNull();
    }

    @Test
    void does_not_take_a_gitlab_token_where_signatures_are_asked_for() {
        // Given
        Verifier signing = Verifiers.of(Recipe.GITLAB, STANDARD_SECRET);

        // When
        Refuse refusal = signing.verify(
                Request.of("{}").header("X-Gitlab-Token", STANDARD_SECRET).incoming());

        // Then
        assertRefused(refusal, "\"webhook-id\" is missing");
    }

    @Test
    void does_not_take_a_wrong_gitlab_signature_for_the_token_beside_it() {
        // Given
        Verifier both = Verifiers.of(Recipe.GITLAB, STANDARD_SECRET + "\nplain-token");

        // When
        Refuse refusal = both.verify(
                standard("v1,AAAA").header("X-Gitlab-Token", "plain-token").incoming());

        // Then
        assertRefused(refusal, "does not have a valid signature");
    }

    @Test
    void takes_a_signature_among_several_of_standard_webhooks() {
        assertThat(Verifiers.of(Recipe.STANDARD_WEBHOOKS, STANDARD_SECRET)
                        .verify(standard("v1a,AAAA v1,BBBB v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
                                .incoming()))
                .isNull();
    }

    @Test
    void refuses_what_was_signed_too_long_ago() {
        Verifier slack = Verifiers.of(Recipe.SLACK, SLACK_SECRET);
        assertThat(slack.verify(slack().at(SLACK_TIME + 300).incoming())).isNull();
        assertRefused(
                slack.verify(slack().at(SLACK_TIME + 301).incoming()),
                "header \"X-Slack-Request-Timestamp\" is 301 seconds old, and 300 are allowed");
        assertRefused(
                Verifiers.of(Recipe.STANDARD_WEBHOOKS, STANDARD_SECRET)
                        .verify(standard("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
                                .at(STANDARD_TIME + 9999)
                                .incoming()),
                "9999 seconds old");
        assertRefused(
                Verifiers.of(Recipe.STRIPE, "whsec_a")
                        .verify(stripe("whsec_a", "{}", 1_769_860_800, 1_769_861_101)
                                .incoming()),
                "301 seconds old");
    }

    @Test
    void refuses_what_was_signed_in_the_future() {
        assertRefused(
                Verifiers.of(Recipe.SLACK, SLACK_SECRET)
                        .verify(slack().at(SLACK_TIME - 301).incoming()),
                "301 seconds ahead");
    }

    @Test
    void refuses_a_time_that_is_none() {
        ReplayWindow window = new ReplayWindow(Duration.ofMinutes(5));
        for (String text : List.of("", "-1", "+1", "1.5", "12e3", "١٢٣", "9999999999999999999", "now")) {
            assertRefused(
                    window.verify("the time", text, Request.of("").incoming().arrival()), "is not a number of seconds");
        }
    }

    @Test
    void takes_a_bearer_token_whatever_the_case_of_its_scheme() {
        Verifier verifier = Verifiers.of(Recipe.BEARER, "new\nold");
        assertThat(verifier.verify(
                        Request.of("").header("authorization", "bearer old").incoming()))
                .isNull();
        assertRefused(
                verifier.verify(
                        Request.of("").header("authorization", "Bearer older").incoming()),
                "token that is valid");
        assertRefused(
                verifier.verify(
                        Request.of("").header("authorization", "Basic old").incoming()),
                "does not begin with");
        assertRefused(verifier.verify(Request.of("").incoming()), "is missing");
    }

    @Test
    void takes_a_token_from_the_header_that_was_named() {
        Verifier verifier = Verifiers.of(Recipe.TOKEN, "k1");
        assertThat(verifier.verify(Request.of("").header("X-Api-Key", "k1").incoming()))
                .isNull();
        assertRefused(verifier.verify(Request.of("").header("X-Api-Key", "K1").incoming()), "token that is valid");
    }

    @Test
    void takes_a_user_and_a_password() {
        // Given
        Verifier verifier = Verifiers.of(Recipe.BASIC, "Aladdin:open sesame\nbob:grüße:x");

        // When
        Refuse published = verifier.verify(Request.of("")
                .header("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
                .incoming());
        Refuse unicode = verifier.verify(Request.of("")
                .header(
                        "Authorization",
                        "Basic " + Base64.getEncoder().encodeToString("bob:grüße:x".getBytes(StandardCharsets.UTF_8)))
                .incoming());
        Refuse noBase64 = verifier.verify(
                Request.of("").header("Authorization", "Basic %%%").incoming());
        Refuse swapped = verifier.verify(Request.of("")
                .header(
                        "Authorization",
                        "Basic "
                                + Base64.getEncoder()
                                        .encodeToString("Aladdin:grüße:x".getBytes(StandardCharsets.UTF_8)))
                .incoming());

        // Then
        assertThat(published).isNull();
        assertThat(unicode).isNull();
        assertRefused(noBase64, "is not Base64");
        assertRefused(swapped, "does not have a user and a password");
    }

    @Test
    void takes_the_passwords_of_a_user_that_is_named() {
        // Given
        Verifier verifier = Verifiers.of(
                new Verification(
                        Recipe.BASIC,
                        List.of(Verifiers.SECRET),
                        new ReplayWindow(ReplayWindow.DEFAULT),
                        Optional.of("Aladdin"),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()),
                "open sesame");

        // When
        Refuse refusal = verifier.verify(Request.of("")
                .header("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
                .incoming());

        // Then
        assertThat(refusal).isNull();
    }

    @Test
    void takes_a_scheme_that_was_described() {
        // Given
        HmacScheme scheme = new HmacScheme(
                "X-Signature",
                HmacScheme.Algorithm.SHA512,
                Encoding.BASE64URL,
                "k1=",
                SignedContent.parse(
                        "{header:X-Time}:{query:via}:{url}:{body}", Optional.of("https://hooks.example.com/hook")),
                Optional.of("X-Time"),
                Optional.of(Encoding.HEX));
        byte[] signed = "1769860800:shop é:https://hooks.example.com/hook?via=shop%20%C3%A9:{}"
                .getBytes(StandardCharsets.UTF_8);
        String signature =
                Encoding.BASE64URL.encode(new MacKey("HmacSHA512", new byte[] {1, 2, -1}).sign(List.of(signed)));

        // When
        Refuse refusal = Verifiers.of(scheme, "0102ff")
                .verify(Request.of("{}")
                        .query("via=shop%20%C3%A9")
                        .header("X-Time", "1769860800")
                        .header("X-Signature", "k1=" + signature)
                        .at(1_769_860_900)
                        .incoming());

        // Then
        assertThat(refusal).isNull();
    }

    @Test
    void takes_hexadecimal_digits_in_capitals() {
        // Given
        String signature = "sha256=757107EA0EB2509FC211221CCE984B8A37570B6D7586C22C46F4379C8B043E17";

        // When
        Refuse refusal = Verifiers.of(Recipe.GITHUB, "It's a Secret to Everybody")
                .verify(Request.of("Hello, World!")
                        .header("X-Hub-Signature-256", signature)
                        .incoming());

        // Then
        assertThat(refusal).isNull();
    }

    @Test
    void says_which_secret_can_not_be_one_and_not_what_it_is() {
        assertThatThrownBy(() -> Verifiers.of(Recipe.STANDARD_WEBHOOKS, "whsec_not*base64"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("Secret hook[secret] can't be used; write it as the sender shows it")
                .hasMessageNotContaining("not*base64")
                .hasNoCause();
        assertThatThrownBy(() -> Verifiers.of(Recipe.BASIC, "sesame"))
                .hasMessageContaining("write USER:PASSWORD")
                .hasMessageNotContaining("sesame");
    }

    @Test
    void prints_no_secrets() {
        for (Recipe recipe : Recipe.values()) {
            String secret = recipe == Recipe.BASIC ? "user:c2VjcmV0" : "c2VjcmV0";
            if (recipe != Recipe.HMAC) {
                assertThat(Verifiers.of(recipe, secret).toString()).doesNotContain("c2VjcmV0", "secret");
            }
        }
    }
}
