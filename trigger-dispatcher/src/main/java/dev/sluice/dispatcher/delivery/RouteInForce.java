/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import dev.sluice.api.routing.Delivery;
import dev.sluice.api.routing.Destination;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.dispatcher.send.Target;
import dev.sluice.dispatcher.send.Targets;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The route of one trigger that is in force, and the connections to where it leads. */
final class RouteInForce {

    private final Targets targets;
    private TriggerRoute route;
    private Target subscriber;
    private @Nullable Target sink;

    RouteInForce(Targets targets, TriggerRoute route) {
        this.targets = targets;
        this.route = route;
        subscriber = open(route.subscriber());
        sink = route.delivery().deadLetterSink().map(this::open).orElse(null);
    }

    private Target open(Destination destination) {
        return targets.open(
                destination, route.name().namespace(), route.delivery().timeout());
    }

    TriggerRoute route() {
        return route;
    }

    Delivery delivery() {
        return route.delivery();
    }

    Target subscriber() {
        return subscriber;
    }

    /** The dead letter sink, if there is one. */
    @Nullable
    Target sink() {
        return sink;
    }

    /** Puts another route in force. What runs on the connections of the one before ends as it began. */
    void change(TriggerRoute changed) {
        TriggerRoute before = route;
        route = changed;
        boolean sameTimeout =
                before.delivery().timeout().equals(changed.delivery().timeout());
        if (!sameTimeout || !before.subscriber().equals(changed.subscriber())) {
            subscriber.leave();
            subscriber = open(changed.subscriber());
        }
        Optional<Destination> newSink = changed.delivery().deadLetterSink();
        if (!sameTimeout || !before.delivery().deadLetterSink().equals(newSink)) {
            if (sink != null) {
                sink.leave();
            }
            sink = newSink.map(this::open).orElse(null);
        }
    }

    /** Closes the connections when what runs on them has ended. */
    void leave() {
        subscriber.leave();
        if (sink != null) {
            sink.leave();
        }
    }

    /** Closes the connections at once. */
    Future<Void> closeNow() {
        List<Future<Void>> closing = new ArrayList<>();
        closing.add(subscriber.close(Duration.ZERO));
        if (sink != null) {
            closing.add(sink.close(Duration.ZERO));
        }
        return Future.join(closing).mapEmpty();
    }
}
