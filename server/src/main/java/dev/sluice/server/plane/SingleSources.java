/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.plane;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.source.SourceCondition;
import dev.sluice.api.source.SourceName;
import dev.sluice.api.source.SourceRoute;
import dev.sluice.api.source.SourceTable;
import dev.sluice.control.reconcile.SourceObservation;
import dev.sluice.control.reconcile.SourceObserver;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the sources of which there must be one run in this process only while it is the one that was elected for them. All
 * others run in every process. Nobody is a candidate before there is such a source. Safe for any thread.
 */
public final class SingleSources implements LiveDataPlane.SourceRunner {

    private static final Logger LOG = LoggerFactory.getLogger(SingleSources.class);

    private static final String ELSEWHERE = "another process runs it";

    private final LiveDataPlane.SourceRunner runner;
    private final Consumer<Consumer<Boolean>> election;

    private final Clock clock;

    // All below is written by who holds this. Who looks at sources need not wait for what begins or ends meanwhile.
    private volatile SourceTable table = SourceTable.empty();
    private boolean isCandidate;
    private volatile boolean isElected;
    /** Since when it is not. */
    private volatile Instant since;

    /** @param election asked once to make this process a candidate, and to tell true and false in turns */
    public SingleSources(LiveDataPlane.SourceRunner runner, Consumer<Consumer<Boolean>> election, Clock clock) {
        this.runner = requireNonNull(runner, "runner");
        this.election = requireNonNull(election, "election");
        this.clock = requireNonNull(clock, "clock");
        since = clock.instant();
    }

    /**
     * Says of a source that is left to the elected process that nothing is known of it here: perhaps nobody is elected.
     *
     * @param running of those that run here
     */
    public SourceObserver observer(SourceObserver running) {
        return name -> {
            SourceRoute route = table.source(name);
            if (route == null || !route.definition().isSingle()) {
                return running.observe(name);
            }
            // Elected a moment ago, it need not run here yet.
            Optional<SourceObservation> here = isElected ? running.observe(name) : Optional.empty();
            return here.isPresent() ? here : Optional.of(unknown());
        };
    }

    private SourceObservation unknown() {
        Instant from = since;
        SourceCondition ready = SourceCondition.unknown(
                "Ready", "InOtherProcesses", "one process runs it, which is elected, and it does not run in this one");
        return new SourceObservation(Map.of(ready, from), Optional.empty(), from, Optional.empty());
    }

    @Override
    public synchronized Future<Void> apply(SourceTable next) {
        table = next;
        if (!isCandidate
                && next.sources().values().stream()
                        .anyMatch(route -> route.definition().isSingle())) {
            isCandidate = true;
            election.accept(this::elected);
        }
        return turn();
    }

    private synchronized void elected(boolean now) {
        if (isElected && !now) {
            since = clock.instant();
        }
        isElected = now;
        turn().onFailure(e -> LOG.atError().setCause(e).log("sources could not be begun or ended after an election"));
    }

    private Future<Void> turn() {
        if (isElected) {
            return runner.apply(table);
        }
        Map<SourceName, SourceRoute> here = new HashMap<>(table.sources());
        Map<SourceName, String> waiting = new HashMap<>(table.waiting());
        table.sources().forEach((name, route) -> {
            if (route.definition().isSingle()) {
                here.remove(name);
                // It is there: what it has set up outside is the other process's to use.
                waiting.put(name, ELSEWHERE);
            }
        });
        return runner.apply(new SourceTable(here, waiting));
    }
}
