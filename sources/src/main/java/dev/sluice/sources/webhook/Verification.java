/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.webhook;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SecretValues;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the resource says about how senders prove that they are those.
 *
 * @param secrets all of them are valid, and all lines of each
 * @param username the secrets are passwords of this user; without it they are {@code USER:PASSWORD}
 * @param header where a plain token is sent, for {@link Recipe#TOKEN}
 * @param hmac there exactly for {@link Recipe#HMAC}
 * @param publicUrl where senders reach the webhook; there for {@link Recipe#TWILIO}
 */
record Verification(
        Recipe recipe,
        List<SecretRef> secrets,
        ReplayWindow window,
        Optional<String> username,
        Optional<String> header,
        Optional<HmacScheme> hmac,
        Optional<String> publicUrl) {

    private static final String SHA1 = "HmacSHA1";
    private static final String SHA256 = "HmacSHA256";

    Verification {
        requireNonNull(recipe, "recipe");
        secrets = List.copyOf(secrets);
        requireNonNull(window, "window");
        requireNonNull(username, "username");
        requireNonNull(header, "header");
        requireNonNull(hmac, "hmac");
        requireNonNull(publicUrl, "publicUrl");
    }

    /** @throws IllegalArgumentException if a secret can't be one of this recipe; the message names the Secret, not its value */
    Verifier verifier(SecretValues values) {
        return switch (recipe) {
            case GITHUB -> ofBody("X-Hub-Signature-256", "sha256=", Encoding.HEX, values);
            case BITBUCKET -> ofBody("X-Hub-Signature", "sha256=", Encoding.HEX, values);
            case SHOPIFY -> ofBody("X-Shopify-Hmac-SHA256", "", Encoding.BASE64, values);
            case SLACK -> slack(texts(SHA256, values));
            case GITLAB -> gitlab(values);
            case STRIPE -> new StripeSignature(window, texts(SHA256, values));
            case TWILIO -> new TwilioSignature(publicUrl.orElseThrow(), texts(SHA1, values));
            case STANDARD_WEBHOOKS -> new StandardWebhookSignature(window, standardKeys(values));
            case HMAC -> generic(hmac.orElseThrow(), values);
            case BASIC -> new BasicCredentials(credentials(values));
            case BEARER -> new HeaderToken("Authorization", "Bearer", each(values, "", Function.identity()));
            case TOKEN -> new HeaderToken(header.orElseThrow(), "", each(values, "", Function.identity()));
            case NONE -> Verifier.NONE;
        };
    }

    private Verifier ofBody(String name, String prefix, Encoding encoding, SecretValues values) {
        return new HeaderSignature(
                name, prefix, encoding, SignedContent.BODY, Optional.empty(), window, texts(SHA256, values));
    }

    private Verifier slack(List<MacKey> keys) {
        String time = "X-Slack-Request-Timestamp";
        SignedContent content = SignedContent.parse("v0:{header:" + time + "}:{body}", Optional.empty());
        return new HeaderSignature("X-Slack-Signature", "v0=", Encoding.HEX, content, Optional.of(time), window, keys);
    }

    private Verifier gitlab(SecretValues values) {
        List<MacKey> signing = new ArrayList<>();
        List<String> tokens = new ArrayList<>();
        for (SecretRef secret : secrets) {
            for (String line : values.all(secret)) {
                if (line.startsWith(StandardWebhookSignature.SECRET_PREFIX)) {
                    signing.add(read(secret, line, STANDARD_FORM, StandardWebhookSignature::key));
                } else {
                    tokens.add(line);
                }
            }
        }
        return new GitLabToken(
                signing.isEmpty() ? Optional.empty() : Optional.of(new StandardWebhookSignature(window, signing)),
                tokens.isEmpty() ? Optional.empty() : Optional.of(new HeaderToken(GitLabToken.HEADER, "", tokens)));
    }

    private static final String STANDARD_FORM = "write it as the sender shows it: \"whsec_\" and Base64";

    private List<MacKey> standardKeys(SecretValues values) {
        return each(values, STANDARD_FORM, StandardWebhookSignature::key);
    }

    private Verifier generic(HmacScheme scheme, SecretValues values) {
        String form =
                "write it in " + scheme.secretEncoding().map(Encoding::field).orElse("text")
                        + ", as spec.verification.hmac.secretEncoding says";
        return new HeaderSignature(
                scheme.header(),
                scheme.prefix(),
                scheme.encoding(),
                scheme.content(),
                scheme.timestampHeader(),
                window,
                each(values, form, scheme::key));
    }

    private List<String> credentials(SecretValues values) {
        if (username.isPresent()) {
            return each(values, "", password -> username.get() + ":" + password);
        }
        return each(values, "write USER:PASSWORD, or the user as spec.verification.username", pair -> {
            if (pair.indexOf(':') < 0) {
                throw new IllegalArgumentException("no user");
            }
            return pair;
        });
    }

    private List<MacKey> texts(String algorithm, SecretValues values) {
        return each(values, "", secret -> MacKey.ofText(algorithm, secret));
    }

    private <T> List<T> each(SecretValues values, String form, Function<String, T> read) {
        List<T> all = new ArrayList<>();
        for (SecretRef secret : secrets) {
            for (String line : values.all(secret)) {
                all.add(read(secret, line, form, read));
            }
        }
        return all;
    }

    private static <T> T read(SecretRef secret, String line, String form, Function<String, T> read) {
        try {
            return read.apply(line);
        } catch (IllegalArgumentException e) {
            // Without the cause: its message may repeat the secret.
            throw new IllegalArgumentException("Secret " + secret + " can't be used; " + form);
        }
    }
}
