/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.source;

import dev.sluice.api.routing.ResourceName;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A kind of source: it turns something of the outside world into CloudEvents for a sink. Implementations have a public
 * constructor without parameters and are found by {@link java.util.ServiceLoader}.
 *
 * <h2>What a kind does, and what is done for it</h2>
 *
 * <pre>
 *   resource ──read──▶ {@link SourceDefinition} ──adapter──▶ {@link SourceAdapter} ──▶ events ──▶ sink
 *     where resources are checked              where sources run
 * </pre>
 *
 * <p>The kind reads its own part of {@code spec}, and everything that is wrong with it is reported there and then, by
 * {@link SpecField}, which knows the line. What it makes of it is a definition: immutable, without I/O, and made in every
 * process that reads resources, whether sources run there or not. An adapter is made of the definition where the source
 * runs, and again whenever its definition, its sink or one of its secrets changes.
 *
 * <p>Everything that sources have in common is not the kind's affair: {@code sink}, {@code ceOverrides}, {@code delivery}
 * where {@linkplain #hasDelivery there is one}, the look-up of
 * secrets, statuses and their conditions {@code SinkProvided} and {@code Ready}, the port for webhooks with its limits,
 * sending to the sink with retries, metrics.
 *
 * <ul>
 *   <li><b>Kept before it is answered.</b> The outside is told of a success only after the sink has the event. A
 *       {@link WebhookOutcome.Emit} and the future of {@link AdapterHost#emit} see to that; an adapter that reads from
 *       something with positions moves its position only after that future has completed.
 *   <li><b>The same id for the same thing.</b> If the outside may tell of one thing twice, the event has the same {@code
 *       source} and {@code id} both times, so that a receiver can tell.
 *   <li><b>Data as it came.</b> The bytes of the payload are the data of the event, unchanged.
 *   <li><b>Nothing leaks.</b> No secret, token or expected signature in a message, a log line, or a {@code toString}.
 * </ul>
 *
 * <p>Every kind passes the whole {@code SourceKindContractTest} of the testkit.
 */
public interface SourceKind {

    /**
     * The versions under which resources of this kind are written, such as {@code sources.knative.dev/v1}; the first is the
     * one to recommend.
     */
    List<String> apiVersions();

    /** In CamelCase, such as {@code PingSource}; no two kinds have the same. */
    String kind();

    /** Lower-case, such as {@code pingsources}. */
    String plural();

    /**
     * The conditions beside {@code SinkProvided} on which {@code Ready} depends, as Knative names them. Each is True until
     * an adapter {@linkplain AdapterHost#report says otherwise}; {@code SecretsProvided} is seen to by the process, and need
     * not be among them.
     */
    List<String> conditions();

    /** The annotations {@code sluice.dev/…} that mean something to the kind; others of that prefix are reported. */
    default Set<String> annotations() {
        return Set.of();
    }

    /**
     * Whether {@code spec.delivery} is one of its fields, as it is for a kind that reads from something which keeps what it
     * has: then an event is tried until the sink has it, unless the delivery names a dead letter sink or a number of
     * retries. Like {@code sink} it is read and resolved for the kind.
     */
    default boolean hasDelivery() {
        return false;
    }

    /**
     * Reads and checks the kind's own part of {@code spec}, and reports whatever is wrong with it.
     *
     * @param metadata for its {@code labels} and {@code annotations}; the rest is checked already
     * @param spec also holds {@code sink}, {@code ceOverrides} and perhaps {@code delivery}, which are not the kind's affair and
     *     known fields
     * @return null if it is so wrong that nothing can be made of it; then an error has been reported
     */
    @Nullable
    SourceDefinition read(ResourceName name, SpecField metadata, SpecField spec);
}
