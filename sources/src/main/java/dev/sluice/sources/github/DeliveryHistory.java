/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

import dev.sluice.sources.github.GitHubApi.Delivery;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** What became of the deliveries of a webhook, and which of them are worth another attempt. For one look at them. */
final class DeliveryHistory {

    /** GitHub delivers nothing again that is older. */
    static final Duration OLDEST = Duration.ofDays(3);

    /** For a redelivery to show, and for what made it fail to pass. After the second it doubles with each. */
    static final Duration BETWEEN_ATTEMPTS = Duration.ofMinutes(10);

    /** Of that: to five hours, so that the last attempt is not long before GitHub delivers no more. */
    private static final int MOST_DOUBLINGS = 5;

    /** At a second each, this is done well before GitHub is asked next. */
    static final int MOST_AT_ONCE = 300;

    /** What we said of the payload itself, and would say again. */
    private static final Set<Integer> REFUSED_FOR_GOOD = Set.of(400, 413, 415, 422);

    private final Map<String, Event> events = new HashMap<>();

    /** The attempts of one event that GitHub tells of. */
    private static final class Event {

        private Delivery first;
        private Delivery last;
        private int attempts;
        private boolean arrived;

        Event(Delivery delivery) {
            first = delivery;
            last = delivery;
        }

        void add(Delivery delivery) {
            attempts++;
            arrived |= delivery.hasArrived();
            if (delivery.at().isBefore(first.at())) {
                first = delivery;
            }
            if (delivery.at().isAfter(last.at())) {
                last = delivery;
            }
        }

        boolean needsAnother(Instant now, Predicate<String> wanted) {
            return !arrived
                    && wanted.test(first.event())
                    && !REFUSED_FOR_GOOD.contains(last.status())
                    && first.at().isAfter(now.minus(OLDEST))
                    && (!last.redelivery() || last.at().isBefore(now.minus(gap())));
        }

        /** Growing, so that days of a sink that is down cost a few attempts, and little is given up before GitHub does. */
        private Duration gap() {
            return BETWEEN_ATTEMPTS.multipliedBy(1L << Math.min(Math.max(0, attempts - 2), MOST_DOUBLINGS));
        }
    }

    void add(Delivery delivery) {
        events.computeIfAbsent(delivery.guid(), guid -> new Event(delivery)).add(delivery);
    }

    /**
     * One attempt of each event that has not arrived and may yet, the oldest first, at most {@value #MOST_AT_ONCE}.
     *
     * @param wanted by its name
     */
    List<Delivery> toRepeat(Instant now, Predicate<String> wanted) {
        List<Delivery> failed = new ArrayList<>();
        for (Event event : events.values()) {
            if (event.needsAnother(now, wanted)) {
                failed.add(event.first);
            }
        }
        failed.sort(Comparator.comparing(Delivery::at).thenComparing(Delivery::id));
        return List.copyOf(failed.subList(0, Math.min(failed.size(), MOST_AT_ONCE)));
    }
}
