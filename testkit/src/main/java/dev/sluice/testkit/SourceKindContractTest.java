/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.AdapterSetup;
import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SecretValues;
import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.SourceKind;
import dev.sluice.api.source.Webhook;
import dev.sluice.api.source.WebhookOutcome;
import dev.sluice.api.source.WebhookRequest;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What every kind of source has to do (see {@link SourceKind}). An implementation says what it is and how a good resource
 * of it looks; one with a webhook also how a good request looks.
 */
public abstract class SourceKindContractTest {

    /** Stands in every secret of the {@link #setup}. */
    protected static final String SECRET = "s3cr3t-of-the-contract";

    protected static final ResourceName NAME = new ResourceName("shop", "hook");
    protected static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    private static final int GARBAGE = 2_000;

    protected abstract SourceKind kind();

    /** A spec without anything wrong, {@code sink} included. */
    protected abstract JsonObject goodSpec();

    /** A request that becomes an event, given {@link #goodSpec()} and {@link #SECRET}; null if the kind has no webhook. */
    protected @Nullable WebhookRequest goodRequest() {
        return null;
    }

    private static final WrittenField NO_METADATA = WrittenField.metadata(new JsonObject());

    /** The good spec, read. */
    protected final SourceDefinition definition() {
        WrittenField spec = WrittenField.spec(goodSpec());
        SourceDefinition definition = kind().read(NAME, NO_METADATA, spec);
        assertThat(spec.errors()).as("errors of the good spec").isEmpty();
        return Objects.requireNonNull(definition, "the good spec was not read");
    }

    /** With {@link #SECRET} in all that the definition asks for. */
    protected static AdapterSetup setup(SourceDefinition definition) {
        return setup(definition, SECRET);
    }

    private static AdapterSetup setup(SourceDefinition definition, String secret) {
        Map<SecretRef, String> secrets = new HashMap<>();
        definition.secrets().forEach(ref -> secrets.put(ref, secret));
        return new AdapterSetup(NAME, new SecretValues(secrets), InstantSource.fixed(NOON));
    }

    @Test
    final void is_found_by_its_name() {
        // When
        List<String> found = ServiceLoader.load(SourceKind.class).stream()
                .map(provider -> provider.get().kind())
                .toList();

        // Then
        assertThat(found).contains(kind().kind()).doesNotHaveDuplicates();
    }

    @Test
    final void has_names_as_kubernetes_wants_them() {
        // Then
        assertThat(kind().kind()).matches("[A-Z][A-Za-z]+");
        assertThat(kind().plural())
                .isEqualTo(kind().plural().toLowerCase(Locale.ROOT))
                .matches("[a-z]+s");
        assertThat(kind().apiVersions()).isNotEmpty().allMatch(version -> version.matches("[a-z.]+/v[0-9][a-z0-9]*"));
        assertThat(kind().annotations()).allMatch(name -> name.startsWith("sluice.dev/"));
    }

    @Test
    final void a_field_that_nobody_knows_is_reported() {
        // Given
        WrittenField spec = WrittenField.spec(goodSpec().put("noSuchField", "x"));

        // When
        kind().read(NAME, NO_METADATA, spec);

        // Then
        assertThat(spec.errors()).anyMatch(error -> error.contains("noSuchField"));
    }

    @Test
    final void whatever_stands_in_a_field_is_read_or_reported_and_never_thrown() {
        // Given
        for (String field : goodSpec().fieldNames()) {
            for (Object value : List.of(7, true, "", "\u0000", new JsonObject(), List.of(1), List.of("x", Map.of()))) {
                WrittenField spec = WrittenField.spec(
                        new JsonObject(goodSpec().put(field, value).encode()));

                // When
                SourceDefinition definition = kind().read(NAME, NO_METADATA, spec);

                // Then
                assertThat(definition == null && spec.errors().isEmpty())
                        .as("%s: %s is neither read nor reported", field, value)
                        .isFalse();
            }
        }
    }

    @Test
    final void the_same_resource_reads_the_same_so_that_nothing_is_started_anew_for_nothing() {
        // Then
        assertThat(definition()).isEqualTo(definition()).hasSameHashCodeAs(definition());
        assertThat(definition().secrets()).isEqualTo(definition().secrets());
        assertThat(definition().events()).isEqualTo(definition().events());
        assertThat(definition().hasWebhook())
                .isEqualTo(definition().adapter(setup(definition())).webhook() != null);
    }

    @Test
    final void an_adapter_that_never_started_can_be_closed_and_that_twice() {
        // Given
        SourceAdapter adapter = definition().adapter(setup(definition()));

        // When
        Waiting.on(adapter.close());
        Waiting.on(adapter.close());

        // Then
        assertThat(adapter.toString()).doesNotContain(SECRET);
    }

    @Test
    final void where_something_can_be_tried_nothing_at_all_is_an_event_or_told_what_to_write() {
        // Given
        SourceDefinition definition = definition();
        Webhook trial = definition.trial(
                definition.hasWebhook()
                        ? setup(definition)
                        : new AdapterSetup(NAME, SecretValues.none(), InstantSource.fixed(NOON)));
        assertThat(definition.hasWebhook() && trial == null).isFalse();
        if (trial == null) {
            return;
        }

        // When
        WebhookOutcome outcome = trial.receive(new WebhookRequest(
                "GET",
                "/",
                MultiMap.caseInsensitiveMultiMap(),
                MultiMap.caseInsensitiveMultiMap(),
                Buffer.buffer(),
                NOON));

        // Then
        if (outcome instanceof WebhookOutcome.Refuse refuse) {
            assertThat(refuse.error()).isNotBlank().doesNotContain(SECRET);
            assertThat(refuse.remedy()).isNotBlank().doesNotContain(SECRET);
        }
    }

    @Test
    final void an_empty_secret_is_refused() {
        // Given
        SourceDefinition definition = definition();
        if (definition.secrets().isEmpty()) {
            return;
        }

        // Then
        assertThatIllegalArgumentException().isThrownBy(() -> definition.adapter(setup(definition, "\n")));
    }

    @Test
    final void the_same_request_is_the_same_event_with_the_bytes_that_came() {
        // Given
        WebhookRequest request = goodRequest();
        if (request == null) {
            assertThat(definition().hasWebhook()).isFalse();
            return;
        }

        // When
        WebhookOutcome first = webhook().receive(request);
        WebhookOutcome again = webhook().receive(request);

        // Then
        assertThat(first).isInstanceOf(WebhookOutcome.Emit.class);
        var event = ((WebhookOutcome.Emit) first).event();
        var repeated = ((WebhookOutcome.Emit) again).event();
        assertThat(repeated.getId()).isEqualTo(event.getId());
        assertThat(repeated.getSource()).isEqualTo(event.getSource());
        assertThat(Objects.requireNonNull(event.getData()).toBytes())
                .isEqualTo(request.body().getBytes());
    }

    @Test
    final void garbage_is_refused_or_taken_and_never_thrown() {
        // Given
        WebhookRequest good = goodRequest();
        if (good == null) {
            return;
        }
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < GARBAGE; i++) {
            WebhookRequest garbage = spoiled(good, random);

            // When
            WebhookOutcome outcome = webhook().receive(garbage);

            // Then
            if (outcome instanceof WebhookOutcome.Refuse refuse) {
                assertThat(refuse.error() + refuse.remedy())
                        .as("seed %s", seed)
                        .isNotBlank()
                        .doesNotContain(SECRET);
            }
        }
    }

    private Webhook webhook() {
        return Objects.requireNonNull(definition().adapter(setup(definition())).webhook());
    }

    private static WebhookRequest spoiled(WebhookRequest good, Random random) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap().addAll(good.headers());
        String method = good.method();
        byte[] body = good.body().getBytes().clone();
        switch (random.nextInt(6)) {
            case 0 ->
                method = List.of("GET", "PUT", "OPTIONS", "HEAD", "DELETE", "PATCH")
                        .get(random.nextInt(6));
            case 1 -> body[random.nextInt(body.length)] ^= (byte) (1 << random.nextInt(8));
            case 2 -> body = new byte[random.nextInt(64)];
            case 3 -> {
                String name = pick(headers, random);
                headers.remove(name);
            }
            case 4 -> {
                String name = pick(headers, random);
                headers.add(name, headers.get(name));
            }
            default -> {
                String name = pick(headers, random);
                byte[] bytes = new byte[random.nextInt(80)];
                random.nextBytes(bytes);
                headers.set(name, new String(bytes, ISO_8859_1).replaceAll("[\r\n\0]", "x"));
            }
        }
        return new WebhookRequest(method, good.target(), headers, good.query(), Buffer.buffer(body), good.arrival());
    }

    private static String pick(MultiMap headers, Random random) {
        List<String> names = List.copyOf(headers.names());
        return names.get(random.nextInt(names.size()));
    }
}
