/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.api.routing.Delivery;
import dev.sluice.api.routing.Destination;
import dev.sluice.control.resource.Annotations;
import dev.sluice.control.resource.Broker;
import dev.sluice.control.resource.DeliverySpec;
import dev.sluice.control.resource.IsoDuration;
import dev.sluice.control.resource.Trigger;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Fills in what a delivery leaves open. */
final class Deliveries {

    /** What Knative's webhook writes into a Broker without a delivery: retry 10, exponential, PT0.2S. */
    private static final int DEFAULT_RETRY = 10;

    private static final Duration DEFAULT_BACKOFF_DELAY = Duration.ofMillis(200);

    /** Of Knative's KafkaSource. */
    private static final Duration SOURCE_BACKOFF_DELAY = Duration.ofMillis(300);

    /** Between attempts that go on until the sink is back, which is to be noticed soon. */
    private static final Duration ENDLESS_BACKOFF_MAX = Duration.ofSeconds(10);

    private Deliveries() {}

    /**
     * Of a source that reads from something which keeps what it has. An event comes to an end without its sink only where
     * somebody has written so: with a dead letter sink, or with a number of retries.
     *
     * @param spec null if there is none
     * @throws IllegalArgumentException if a value can't be used; the message names field and value
     */
    static Delivery ofSource(@Nullable DeliverySpec spec, Optional<Destination> sink, ReconcilerSettings settings) {
        DeliverySpec written = spec == null ? new DeliverySpec() : spec;
        boolean endless = written.getRetry() == null && sink.isEmpty();
        Duration longest = settings.backoffMax();
        return new Delivery(
                endless ? Integer.MAX_VALUE : written.getRetry() == null ? 0 : written.getRetry(),
                "linear".equals(written.getBackoffPolicy())
                        ? Delivery.BackoffPolicy.LINEAR
                        : Delivery.BackoffPolicy.EXPONENTIAL,
                duration("backoffDelay", written.getBackoffDelay(), SOURCE_BACKOFF_DELAY),
                endless && longest.compareTo(ENDLESS_BACKOFF_MAX) > 0 ? ENDLESS_BACKOFF_MAX : longest,
                duration("timeout", written.getTimeout(), settings.deliveryTimeout()),
                written.getRetryAfterMax() == null
                        ? Optional.empty()
                        : Optional.of(duration("retryAfterMax", written.getRetryAfterMax(), Duration.ZERO)),
                sink,
                "json".equals(written.getFormat()) ? Delivery.Format.JSON : Delivery.Format.BINARY);
    }

    /**
     * @param spec the Trigger's delivery or else the Broker's, as a whole; null if neither has one
     * @param sink the dead letter sink, which comes from the Broker where the Trigger's delivery has none
     * @throws IllegalArgumentException if a value can't be used; the message names field and value
     */
    static Delivery resolve(
            @Nullable DeliverySpec spec,
            Trigger trigger,
            @Nullable Broker broker,
            Optional<Destination> sink,
            ReconcilerSettings settings) {
        Duration backoffMax = duration(
                Annotations.BACKOFF_MAX, annotation(Annotations.BACKOFF_MAX, trigger, broker), settings.backoffMax());
        Delivery.Jitter jitter = "full".equals(annotation(Annotations.BACKOFF_JITTER, trigger, broker))
                ? Delivery.Jitter.FULL
                : Delivery.Jitter.NONE;
        if (spec == null) {
            return new Delivery(
                    DEFAULT_RETRY,
                    Delivery.BackoffPolicy.EXPONENTIAL,
                    DEFAULT_BACKOFF_DELAY,
                    backoffMax,
                    jitter,
                    settings.deliveryTimeout(),
                    Optional.empty(),
                    sink,
                    Delivery.Format.BINARY);
        }
        return new Delivery(
                // A delivery without retry asks for none, as in Knative; only an absent delivery has the default.
                spec.getRetry() == null ? 0 : spec.getRetry(),
                "linear".equals(spec.getBackoffPolicy())
                        ? Delivery.BackoffPolicy.LINEAR
                        : Delivery.BackoffPolicy.EXPONENTIAL,
                duration("backoffDelay", spec.getBackoffDelay(), DEFAULT_BACKOFF_DELAY),
                backoffMax,
                jitter,
                duration("timeout", spec.getTimeout(), settings.deliveryTimeout()),
                spec.getRetryAfterMax() == null
                        ? Optional.empty()
                        : Optional.of(duration("retryAfterMax", spec.getRetryAfterMax(), Duration.ZERO)),
                sink,
                "json".equals(spec.getFormat()) ? Delivery.Format.JSON : Delivery.Format.BINARY);
    }

    /** Of the Trigger, or else of the Broker. */
    private static @Nullable String annotation(String name, Trigger trigger, @Nullable Broker broker) {
        String ofTrigger = Annotations.get(trigger, name);
        return ofTrigger != null || broker == null ? ofTrigger : Annotations.get(broker, name);
    }

    private static Duration duration(String field, @Nullable String text, Duration absent) {
        if (text == null) {
            return absent;
        }
        try {
            return IsoDuration.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(field + " \"" + text + "\" " + e.getMessage(), e);
        }
    }
}
