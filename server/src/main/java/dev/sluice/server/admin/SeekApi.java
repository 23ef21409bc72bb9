/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.admin;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.ChannelException;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.channel.Move;
import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.StartFrom;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.control.admin.JsonAnswer;
import dev.sluice.control.reconcile.View;
import dev.sluice.control.resource.PolicyTexts;
import dev.sluice.control.text.Nearest;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code POST /api/v1/seek/NAMESPACE/TRIGGER} with a body such as {@code {"to": "latest", "dryRun": true}}: puts a
 * Trigger somewhere else in the log of its Broker, or says what that would skip and repeat. Whoever mounts it decides who may
 * call it.
 */
public final class SeekApi implements Handler<HttpServerRequest> {

    /** Where it is to be mounted. */
    public static final String PATH = "/api/v1/seek";

    private static final Logger LOG = LoggerFactory.getLogger(SeekApi.class);

    private static final String EXAMPLE =
            "{\"to\": \"latest\", \"dryRun\": true}; to is latest, earliest or a time of RFC"
                    + " 3339 such as 2026-01-31T12:00:00Z";

    private final Supplier<View> views;
    private final Function<String, Optional<Channel>> channels;
    private final Clock clock;

    /** @param channels the open channel of a Broker, by the Broker's UID */
    public SeekApi(Supplier<View> views, Function<String, Optional<Channel>> channels, Clock clock) {
        this.views = requireNonNull(views, "views");
        this.channels = requireNonNull(channels, "channels");
        this.clock = requireNonNull(clock, "clock");
    }

    @Override
    public void handle(HttpServerRequest request) {
        if (!request.method().equals(HttpMethod.POST)) {
            request.response().putHeader("Allow", "POST");
            JsonAnswer.refuse(request, 405, request.method() + " is not taken here", "use POST with " + EXAMPLE);
            return;
        }
        String path = request.path() == null ? "" : request.path();
        String[] parts = path.length() <= PATH.length()
                ? new String[0]
                : path.substring(PATH.length() + 1).split("/", -1);
        if (parts.length != 2) {
            JsonAnswer.refuse(
                    request, 404, "a Trigger has a namespace and a name", "use " + PATH + "/NAMESPACE/TRIGGER");
            return;
        }
        ResourceName name = new ResourceName(parts[0], parts[1]);
        JsonBody.read(request, EXAMPLE, body -> seek(request, name, body));
    }

    private void seek(HttpServerRequest request, ResourceName name, JsonObject body) {
        for (String key : body.fieldNames()) {
            if (!List.of("to", "dryRun").contains(key)) {
                JsonAnswer.refuse(request, 400, "unknown field \"" + key + "\"", "send " + EXAMPLE);
                return;
            }
        }
        Object dryRun = body.getValue("dryRun", false);
        Object to = body.getValue("to", "");
        if (!(dryRun instanceof Boolean onlyPreview) || !(to instanceof String text)) {
            JsonAnswer.refuse(request, 400, "to is no text, or dryRun is neither true nor false", "send " + EXAMPLE);
            return;
        }
        StartFrom place;
        try {
            place = PolicyTexts.startFrom(text);
        } catch (IllegalArgumentException e) {
            JsonAnswer.refuse(request, 400, "to=\"" + text + "\" " + e.getMessage(), "send " + EXAMPLE);
            return;
        }
        if (place instanceof StartFrom.Time since && since.time().isAfter(clock.instant())) {
            JsonAnswer.refuse(
                    request,
                    400,
                    "to=\"" + text + "\" is in the future, and nothing is kept from there",
                    "use latest for what comes from now on, or a time that is past");
            return;
        }
        View view = views.get();
        for (BrokerRoute broker : view.inForce().brokers().values()) {
            TriggerRoute trigger = broker.triggers().get(name);
            if (trigger != null) {
                seek(request, broker, trigger, text, place, onlyPreview);
                return;
            }
        }
        refuseUnknown(request, name, view);
    }

    private static void refuseUnknown(HttpServerRequest request, ResourceName name, View view) {
        if (view.resources().triggers().containsKey(name)) {
            JsonAnswer.refuse(
                    request,
                    409,
                    "Trigger " + name + " is not in force, so it has no place that could be changed",
                    "see its conditions: sluice get triggers " + name);
            return;
        }
        List<String> names = view.resources().triggers().keySet().stream()
                .map(ResourceName::toString)
                .toList();
        JsonAnswer.refuse(
                request,
                404,
                "Trigger " + name + " does not exist",
                Nearest.suggestion(name.toString(), names).orElse("see /api/v1/triggers for what exists"));
    }

    private void seek(
            HttpServerRequest request,
            BrokerRoute broker,
            TriggerRoute trigger,
            String text,
            StartFrom place,
            boolean dryRun) {
        Optional<Channel> channel = channels.apply(broker.uid());
        if (channel.isEmpty()) {
            JsonAnswer.refuse(
                    request,
                    503,
                    "the channel of Broker " + broker.name() + " is not open: "
                            + broker.notReady().orElse("it has not opened yet"),
                    "see its conditions: sluice get brokers " + broker.name());
            return;
        }
        if (!(channel.get() instanceof LogChannel log)) {
            JsonAnswer.refuse(
                    request,
                    409,
                    "Broker " + broker.name() + " keeps its events in a channel of type "
                            + channel.get().spec().type() + ", which has no past that Trigger " + trigger.name()
                            + " could be moved in",
                    "a Broker on Kafka has one; dead letters are sent again with sluice dead-letters redrive");
            return;
        }
        Future<List<Move>> moved = dryRun ? log.previewMove(trigger.uid(), place) : log.move(trigger.uid(), place);
        moved.onComplete(result -> {
            if (result.succeeded()) {
                if (!dryRun) {
                    LOG.atInfo()
                            .addKeyValue("trigger", trigger.name())
                            .addKeyValue("to", text)
                            .log("a trigger was moved");
                }
                JsonAnswer.send(
                        request,
                        200,
                        answer(trigger, broker, text, dryRun, result.result()).toBuffer());
            } else {
                JsonAnswer.refuse(
                        request,
                        result.cause() instanceof ChannelException ? 503 : 500,
                        "Trigger " + trigger.name() + " could not be moved: "
                                + result.cause().getMessage(),
                        "try again; asking twice does no harm");
            }
        });
    }

    private static JsonObject answer(
            TriggerRoute trigger, BrokerRoute broker, String to, boolean dryRun, List<Move> moves) {
        long skipped = 0;
        long repeated = 0;
        JsonArray partitions = new JsonArray();
        for (Move move : moves) {
            skipped += move.skipped();
            repeated += move.repeated();
            JsonObject partition = new JsonObject()
                    .put("partition", move.partition())
                    .put("from", move.from())
                    .put("to", move.to())
                    .put("skipped", move.skipped())
                    .put("repeated", move.repeated());
            move.first().ifPresent(time -> partition.put("first", time.toString()));
            move.last().ifPresent(time -> partition.put("last", time.toString()));
            partitions.add(partition);
        }
        return new JsonObject()
                .put("trigger", trigger.name().toString())
                .put("broker", broker.name().toString())
                .put("to", to)
                .put("dryRun", dryRun)
                .put("skipped", skipped)
                .put("repeated", repeated)
                .put("partitions", partitions);
    }
}
