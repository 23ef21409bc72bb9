/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.source.WebhookOutcome;
import dev.sluice.api.source.WebhookOutcome.Refuse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever is changed of a genuine request, so that it is another one, is refused with 401, and nothing of what is said
 * about it helps to make the next. Each recipe is tried with the same changes.
 */
class SignatureFuzzTest {

    private static final long TIME = 1_769_860_800;
    private static final String SECRET =
            "whsec_" + Base64.getEncoder().encodeToString("0123456789abcdef01234567".getBytes(StandardCharsets.UTF_8));
    private static final String BASIC_SECRET = "user:correct horse";
    private static final int ROUNDS = 400;

    /** A request as its sender makes it. */
    private record Genuine(
            String secret, byte[] body, @Nullable String query, Map<String, String> headers, String proof) {

        Request with(byte[] otherBody, Map<String, String> otherHeaders) {
            Request request = Request.of(otherBody).at(TIME);
            if (query != null) {
                request.query(query);
            }
            otherHeaders.forEach(request::header);
            return request;
        }

        Request asItIs() {
            return with(body, headers);
        }

        /** With another value of the header that proves it. */
        Request proving(String value) {
            Map<String, String> other = new LinkedHashMap<>(headers);
            other.put(proof, value);
            return with(body, other);
        }
    }

    private static String hmac(String algorithm, byte[] key, Encoding encoding, String before, byte[] body) {
        return encoding.encode(new MacKey(algorithm, key).sign(List.of(before.getBytes(StandardCharsets.UTF_8), body)));
    }

    private static Genuine genuine(Recipe recipe, byte[] body) {
        byte[] text = SECRET.getBytes(StandardCharsets.UTF_8);
        byte[] decoded = Base64.getDecoder().decode(SECRET.substring("whsec_".length()));
        return switch (recipe) {
            case GITHUB, BITBUCKET -> {
                String header = recipe == Recipe.GITHUB ? "X-Hub-Signature-256" : "X-Hub-Signature";
                yield new Genuine(
                        SECRET,
                        body,
                        null,
                        Map.of(header, "sha256=" + hmac("HmacSHA256", text, Encoding.HEX, "", body)),
                        header);
            }
            case SHOPIFY ->
                new Genuine(
                        SECRET,
                        body,
                        null,
                        Map.of("X-Shopify-Hmac-SHA256", hmac("HmacSHA256", text, Encoding.BASE64, "", body)),
                        "X-Shopify-Hmac-SHA256");
            case SLACK ->
                new Genuine(
                        SECRET,
                        body,
                        null,
                        Map.of(
                                "X-Slack-Request-Timestamp",
                                Long.toString(TIME),
                                "X-Slack-Signature",
                                "v0=" + hmac("HmacSHA256", text, Encoding.HEX, "v0:" + TIME + ":", body)),
                        "X-Slack-Signature");
            case STRIPE ->
                new Genuine(
                        SECRET,
                        body,
                        null,
                        Map.of(
                                "Stripe-Signature",
                                "t=" + TIME + ",v1=" + hmac("HmacSHA256", text, Encoding.HEX, TIME + ".", body)),
                        "Stripe-Signature");
            case GITLAB, STANDARD_WEBHOOKS ->
                new Genuine(
                        SECRET,
                        body,
                        null,
                        Map.of(
                                "webhook-id",
                                "msg_1",
                                "webhook-timestamp",
                                Long.toString(TIME),
                                "webhook-signature",
                                "v1," + hmac("HmacSHA256", decoded, Encoding.BASE64, "msg_1." + TIME + ".", body)),
                        "webhook-signature");
            case TWILIO -> {
                String query = "bodySHA256=" + Encoding.HEX.encode(sha256(body));
                yield new Genuine(
                        SECRET,
                        body,
                        query,
                        Map.of(
                                "X-Twilio-Signature",
                                hmac(
                                        "HmacSHA1",
                                        text,
                                        Encoding.BASE64,
                                        "https://mycompany.com/myapp.php?" + query,
                                        new byte[0])),
                        "X-Twilio-Signature");
            }
            case BASIC ->
                new Genuine(
                        BASIC_SECRET,
                        body,
                        null,
                        Map.of(
                                "Authorization",
                                "Basic "
                                        + Base64.getEncoder()
                                                .encodeToString(BASIC_SECRET.getBytes(StandardCharsets.UTF_8))),
                        "Authorization");
            case BEARER ->
                new Genuine(SECRET, body, null, Map.of("Authorization", "Bearer " + SECRET), "Authorization");
            case TOKEN -> new Genuine(SECRET, body, null, Map.of("X-Api-Key", SECRET), "X-Api-Key");
            case HMAC, NONE -> throw new IllegalArgumentException("nothing of its own: " + recipe);
        };
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean signsBody(Recipe recipe) {
        return recipe != Recipe.BASIC && recipe != Recipe.BEARER && recipe != Recipe.TOKEN;
    }

    private static byte[] randomBody(Random random) {
        byte[] body = new byte[1 + random.nextInt(200)];
        random.nextBytes(body);
        return body;
    }

    private static byte[] bitFlipped(byte[] bytes, Random random) {
        byte[] flipped = bytes.clone();
        flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
        return flipped;
    }

    /** Another value: of the same length, shorter, longer, of strange characters, or nothing at all. */
    private static String changed(String value, Random random) {
        int at = random.nextInt(value.length());
        return switch (random.nextInt(8)) {
            case 0 -> value.substring(0, at);
            case 1 -> value + (char) ('!' + random.nextInt(90));
            case 2 -> value.substring(0, at) + "é\u2028😀" + value.substring(at);
            case 3 -> value.substring(0, at) + value.substring(at + 1);
            case 4 -> "";
            case 5 -> value + value;
            case 6 -> value.substring(0, at) + "\0" + value.substring(at + 1);
            default -> {
                char other;
                do {
                    other = (char) ('!' + random.nextInt(90));
                } while (Character.toLowerCase(other) == Character.toLowerCase(value.charAt(at)));
                yield value.substring(0, at) + other + value.substring(at + 1);
            }
        };
    }

    private static void assertSilent(Refuse refusal, Genuine genuine) {
        assertThat(refusal.kind()).isEqualTo(WebhookOutcome.Kind.UNAUTHORIZED);
        String said = refusal.error() + refusal.remedy();
        String proof = genuine.headers().get(genuine.proof());
        assertThat(said).doesNotContain(genuine.secret(), genuine.secret().substring(6), proof);
        assertThat(said).doesNotContain(proof.substring(Math.max(0, proof.length() - 20)));
    }

    @ParameterizedTest
    @EnumSource(
            value = Recipe.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"HMAC", "NONE"})
    void takes_every_genuine_request_and_none_that_was_changed(Recipe recipe) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Verifier verifier = Verifiers.of(recipe, recipe == Recipe.BASIC ? BASIC_SECRET : SECRET);
        List<String> wronglyTaken = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            Genuine genuine = genuine(recipe, randomBody(random));
            assertThat(verifier.verify(genuine.asItIs().incoming()))
                    .as("seed " + seed)
                    .isNull();
            String proof = genuine.headers().get(genuine.proof());
            String other = changed(proof, random);
            Refuse refusal = verifier.verify(genuine.proving(other).incoming());
            if (refusal != null) {
                assertSilent(refusal, genuine);
            } else if (!meansTheSame(recipe, proof, other)) {
                wronglyTaken.add(proof + " as " + other);
            }
            if (signsBody(recipe)) {
                byte[] body = bitFlipped(genuine.body(), random);
                Refuse forged =
                        verifier.verify(genuine.with(body, genuine.headers()).incoming());
                assertThat(forged).as("seed " + seed).isNotNull();
                assertSilent(forged, genuine);
            }
            for (String signed : genuine.headers().keySet()) {
                if (!signed.equals(genuine.proof())) {
                    Map<String, String> headers = new LinkedHashMap<>(genuine.headers());
                    headers.put(signed, changed(headers.get(signed), random));
                    Refuse forged = verifier.verify(
                            genuine.with(genuine.body(), headers).incoming());
                    assertThat(forged).as("seed " + seed).isNotNull();
                    assertSilent(forged, genuine);
                }
            }
            Refuse doubled = verifier.verify(
                    genuine.asItIs().header(genuine.proof(), proof).incoming());
            assertThat(doubled).as("seed " + seed).isNotNull();
            assertThat(doubled.error()).contains("is there 2 times");
        }
        assertThat(wronglyTaken).as("seed " + seed).isEmpty();
    }

    /** Whether a change is one of form alone: blanks, an item that is ignored, Base64 without its end. */
    private static boolean meansTheSame(Recipe recipe, String proof, String other) {
        return switch (recipe) {
            // A list of which one item is right.
            case STRIPE, GITLAB, STANDARD_WEBHOOKS -> other.contains(proof.substring(proof.lastIndexOf(',') + 1));
            case BASIC -> {
                try {
                    yield other.startsWith("Basic ")
                            && BASIC_SECRET.equals(new String(
                                    Base64.getDecoder()
                                            .decode(other.substring(6).strip()),
                                    StandardCharsets.UTF_8));
                } catch (IllegalArgumentException e) {
                    yield false;
                }
            }
            default -> false;
        };
    }

    @ParameterizedTest
    @EnumSource(
            value = Recipe.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"HMAC", "NONE"})
    void refuses_what_is_proved_with_another_secret(Recipe recipe) {
        // Given
        Verifier verifier = Verifiers.of(recipe, recipe == Recipe.BASIC ? "user:other" : "whsec_b3RoZXI=");
        Genuine genuine = genuine(recipe, "{}".getBytes(StandardCharsets.UTF_8));

        // When
        Refuse refusal = verifier.verify(genuine.asItIs().incoming());

        // Then
        assertThat(refusal).isNotNull();
        assertSilent(refusal, genuine);
    }

    @ParameterizedTest
    @EnumSource(
            value = Recipe.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"HMAC", "NONE"})
    void refuses_what_proves_nothing(Recipe recipe) {
        // Given
        Verifier verifier = Verifiers.of(recipe, recipe == Recipe.BASIC ? BASIC_SECRET : SECRET);

        // When
        Refuse refusal = verifier.verify(Request.of("{}").at(TIME).incoming());

        // Then
        assertThat(refusal).isNotNull();
        assertThat(refusal.kind()).isEqualTo(WebhookOutcome.Kind.UNAUTHORIZED);
    }
}
