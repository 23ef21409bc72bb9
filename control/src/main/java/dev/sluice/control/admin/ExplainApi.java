/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.admin;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.event.BrokerAttributes;
import dev.sluice.api.http.ContentMode;
import dev.sluice.api.http.HttpBinding;
import dev.sluice.api.http.MalformedEventException;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.control.explain.BrokerExplanation;
import dev.sluice.control.reconcile.TriggerObserver;
import dev.sluice.control.reconcile.View;
import dev.sluice.control.text.Nearest;
import io.cloudevents.CloudEvent;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code POST /api/v1/explain/{namespace}/{broker}} with a CloudEvent in binary or structured content mode: for
 * each Trigger of the Broker whether it matches, and why or why not. {@code GET} answers what each of them wants. Nothing
 * is delivered. Whoever mounts it decides who may call it.
 */
public final class ExplainApi implements Handler<HttpServerRequest> {

    /** Where it answers. */
    public static final String PATH = "/api/v1/explain";

    private static final Logger LOG = LoggerFactory.getLogger(ExplainApi.class);
    private static final int NAMED_BROKERS = 10;

    private final Vertx vertx;
    private final Supplier<View> views;
    private final TriggerObserver observer;
    private final Clock clock;
    private final int maxEventBytes;
    private final int initialTtl;

    /**
     * @param views what is in force, taken anew for each request; {@code controller::view}
     * @param observer whether a Trigger delivers
     * @param maxEventBytes the largest body that is read
     * @param initialTtl what an event gets that has no TTL of its own
     */
    public ExplainApi(
            Vertx vertx,
            Supplier<View> views,
            TriggerObserver observer,
            Clock clock,
            int maxEventBytes,
            int initialTtl) {
        this.vertx = requireNonNull(vertx, "vertx");
        this.views = requireNonNull(views, "views");
        this.observer = requireNonNull(observer, "observer");
        this.clock = requireNonNull(clock, "clock");
        this.maxEventBytes = maxEventBytes;
        this.initialTtl = initialTtl;
    }

    @Override
    public void handle(HttpServerRequest request) {
        String path = request.path() == null ? "" : request.path();
        String[] parts = path.substring(Math.min(PATH.length(), path.length())).split("/", -1);
        boolean post = request.method().equals(HttpMethod.POST);
        if (!post && !request.method().equals(HttpMethod.GET)) {
            request.response().putHeader("allow", "GET, POST");
            JsonAnswer.refuse(
                    request, 405, request.method() + " is not taken here", "POST a CloudEvent, or GET what is wanted");
        } else if (parts.length != 3 || parts[1].isEmpty() || parts[2].isEmpty()) {
            JsonAnswer.refuse(request, 404, "there is nothing at " + path, "use " + PATH + "/NAMESPACE/BROKER");
        } else if (!post) {
            explain(request, new ResourceName(parts[1], parts[2]), Optional.empty());
        } else {
            readEvent(request, new ResourceName(parts[1], parts[2]));
        }
    }

    private void readEvent(HttpServerRequest request, ResourceName broker) {
        ContentMode mode = HttpBinding.modeOf(request.headers());
        if (mode == ContentMode.BATCHED) {
            JsonAnswer.refuse(
                    request, 415, "a batch can't be explained", "send one event, as application/cloudevents+json");
            return;
        }
        Buffer body = Buffer.buffer();
        request.handler(chunk -> {
            if (body.length() + chunk.length() > maxEventBytes) {
                request.handler(null);
                request.endHandler(null);
                JsonAnswer.refuse(
                        request,
                        413,
                        "the event is larger than " + maxEventBytes + " bytes",
                        "send it without its data, which no filter sees");
            } else {
                body.appendBuffer(chunk);
            }
        });
        request.endHandler(end -> {
            try {
                explain(request, broker, Optional.of(event(request.headers(), body)));
            } catch (MalformedEventException e) {
                JsonAnswer.refuse(request, 400, String.valueOf(e.getMessage()), e.remedy());
            }
        });
        request.exceptionHandler(
                gone -> LOG.atDebug().setCause(gone).log("the client went away before its event was there"));
    }

    /** As the Broker would keep it: a filter may ask for what the Broker puts there. */
    private CloudEvent event(MultiMap headers, Buffer body) throws MalformedEventException {
        BrokerAttributes added =
                BrokerAttributes.onArrival(clock.instant(), initialTtl, headers.get(BrokerAttributes.TTL_HEADER));
        return HttpBinding.read(headers, body, added).get(0);
    }

    private void explain(HttpServerRequest request, ResourceName broker, Optional<CloudEvent> event) {
        View view = views.get();
        Set<ResourceName> known = BrokerExplanation.known(view);
        if (!known.contains(broker)) {
            JsonAnswer.refuse(request, 404, "there is no Broker \"" + broker + "\"", whichAreThere(broker, known));
            return;
        }
        Instant now = clock.instant();
        // Some thousand filters take longer than an event loop has.
        vertx.executeBlocking(
                        () -> ExplanationJson.of(BrokerExplanation.of(view, observer, broker, event, now), event),
                        false)
                .onSuccess(json -> JsonAnswer.send(request, 200, json))
                .onFailure(error -> {
                    LOG.atError().setCause(error).addKeyValue("broker", broker).log("an event could not be explained");
                    JsonAnswer.refuse(request, 500, "the event could not be explained", "see the log");
                });
    }

    private static String whichAreThere(ResourceName broker, Set<ResourceName> known) {
        if (known.isEmpty()) {
            return "there is none at all yet; create it";
        }
        List<String> names = known.stream().map(ResourceName::toString).toList();
        String some = String.join(", ", names.subList(0, Math.min(names.size(), NAMED_BROKERS)));
        String all = "known are " + some + (names.size() > NAMED_BROKERS ? ", …" : "");
        return Nearest.suggestion(broker.toString(), names)
                .map(suggestion -> suggestion + (names.size() > 1 ? " " + all : ""))
                .orElse(all);
    }
}
