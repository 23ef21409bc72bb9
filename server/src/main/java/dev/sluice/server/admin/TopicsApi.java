/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.admin;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.KeptChannel;
import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.control.admin.JsonAnswer;
import dev.sluice.control.text.Nearest;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers below {@code /api/v1/topics}: {@code GET} lists what channels keep beyond the life of a process, {@code DELETE
 * /NAME} removes one of these, with {@code ?force=true} also one that a Broker uses, that somebody reads, or that is not known to be ours, with
 * {@code ?dryRun=true} not really, and with {@code ?kafka=ADDRESSES} the one there. Whoever mounts it decides who may call it.
 */
public final class TopicsApi implements Handler<HttpServerRequest> {

    /** Where it is to be mounted. */
    public static final String PATH = "/api/v1/topics";

    private static final Logger LOG = LoggerFactory.getLogger(TopicsApi.class);

    private final List<ChannelEngine> engines;
    private final Supplier<RoutingTable> tables;

    /** @param tables what is in force, with the Brokers that are not ready */
    public TopicsApi(Collection<ChannelEngine> engines, Supplier<RoutingTable> tables) {
        this.engines = List.copyOf(engines);
        this.tables = requireNonNull(tables, "tables");
    }

    /** @param engine that answered it */
    private record Kept(KeptChannel channel, ChannelEngine engine) {}

    @Override
    public void handle(HttpServerRequest request) {
        String path = request.path() == null ? "" : request.path();
        String name = path.length() <= PATH.length() ? "" : path.substring(PATH.length() + 1);
        HttpMethod right = name.isEmpty() ? HttpMethod.GET : HttpMethod.DELETE;
        if (!request.method().equals(right)) {
            request.response().putHeader("Allow", right.name());
            JsonAnswer.refuse(request, 405, request.method() + " is not taken here", "use " + right);
            return;
        }
        RoutingTable table = tables.get();
        List<ChannelSpec> brokers = brokers(table);
        Optional<String> unsure = unsure(table);
        Future<Void> answered = kept(brokers).compose(all -> {
            if (name.isEmpty()) {
                JsonArray items = new JsonArray();
                all.forEach(kept -> items.add(json(kept.channel(), unsure)));
                JsonAnswer.send(
                        request, 200, new JsonObject().put("items", items).toBuffer());
                return Future.succeededFuture();
            }
            return delete(request, name, all, brokers, unsure);
        });
        answered.onFailure(failure -> JsonAnswer.refuse(
                request,
                503,
                "it can't be known or done: " + failure.getMessage(),
                "see that the Kafka answers, and try again"));
    }

    private static List<ChannelSpec> brokers(RoutingTable table) {
        List<ChannelSpec> specs = new ArrayList<>();
        for (BrokerRoute broker : table.brokers().values()) {
            specs.add(broker.channel());
        }
        return specs;
    }

    /** Why a topic that no Broker seems to use may be one's all the same; empty if it is not. */
    private static Optional<String> unsure(RoutingTable table) {
        if (!table.complete()) {
            return Optional.of("not all Brokers are known to this process just now");
        }
        // Without its ConfigMap, say, a Broker seems to be on another Kafka than it is.
        return table.brokers().values().stream()
                .filter(broker -> broker.notReady().isPresent())
                .map(broker -> broker.name().toString())
                .min(Comparator.naturalOrder())
                .map(broker -> "Broker " + broker + " is not ready, and what its topic is may not be known");
    }

    private Future<List<Kept>> kept(Collection<ChannelSpec> brokers) {
        List<Future<List<KeptChannel>>> asking = new ArrayList<>();
        engines.forEach(engine -> asking.add(engine.kept(brokers)));
        return Future.join(asking).map(asked -> {
            List<Kept> all = new ArrayList<>();
            for (int i = 0; i < engines.size(); i++) {
                ChannelEngine engine = engines.get(i);
                asking.get(i).result().forEach(channel -> all.add(new Kept(channel, engine)));
            }
            return all;
        });
    }

    private static Future<Void> delete(
            HttpServerRequest request,
            String name,
            List<Kept> all,
            Collection<ChannelSpec> brokers,
            Optional<String> unsure) {
        String at = request.getParam("kafka");
        List<Kept> meant = all.stream()
                .filter(kept -> kept.channel().name().equals(name)
                        && (at == null || kept.channel().place().equals(at)))
                .toList();
        if (meant.isEmpty()) {
            List<String> names = all.stream().map(kept -> kept.channel().name()).toList();
            JsonAnswer.refuse(
                    request,
                    404,
                    "there is no topic " + name + (at == null ? "" : " at " + at) + " of a Broker",
                    Nearest.suggestion(name, names).orElse("see " + PATH + " for what there is"));
            return Future.succeededFuture();
        }
        if (meant.size() > 1) {
            JsonAnswer.refuse(
                    request,
                    409,
                    "there is a topic " + name + " at each of "
                            + meant.stream().map(kept -> kept.channel().place()).toList(),
                    "say which with ?kafka=ADDRESSES");
            return Future.succeededFuture();
        }
        KeptChannel channel = meant.get(0).channel();
        if (!Boolean.parseBoolean(request.getParam("force"))) {
            if (!channel.usedBy().isEmpty()) {
                JsonAnswer.refuse(
                        request,
                        409,
                        "topic " + name + " is that of Broker " + names(channel),
                        "delete the Broker first; ?force=true deletes the events of one that is there");
                return Future.succeededFuture();
            }
            if (unsure.isPresent()) {
                JsonAnswer.refuse(
                        request,
                        409,
                        "topic " + name + " may be that of a Broker: " + unsure.get(),
                        "see /api/v1/problems and /api/v1/brokers, and try again; ?force=true deletes the topic all the"
                                + " same");
                return Future.succeededFuture();
            }
            if (channel.readers() > 0) {
                JsonAnswer.refuse(
                        request,
                        409,
                        "topic " + name + " is being read: its consumer group has " + channel.readers()
                                + " members, such as"
                                + " dispatchers of another cluster, or of processes that have other manifests",
                        "delete the Broker there, or stop them; one that was killed counts until Kafka gives it up;"
                                + " ?force=true deletes the topic all the same");
                return Future.succeededFuture();
            }
            if (!channel.known()) {
                JsonAnswer.refuse(
                        request,
                        409,
                        "topic " + name + " has no consumer group and no dead letters of Sluice, so it may be somebody"
                                + " else's, such as Knative's",
                        "see whose it is; ?force=true deletes it all the same");
                return Future.succeededFuture();
            }
        }
        boolean dryRun = Boolean.parseBoolean(request.getParam("dryRun"));
        Future<Void> removed =
                dryRun ? Future.succeededFuture() : meant.get(0).engine().remove(channel, brokers);
        return removed.onSuccess(gone -> {
            if (!dryRun) {
                LOG.atInfo()
                        .addKeyValue("topic", name)
                        .addKeyValue("kafka", channel.place())
                        .log("somebody has deleted a topic");
            }
            JsonAnswer.send(
                    request, 200, json(channel, unsure).put("dryRun", dryRun).toBuffer());
        });
    }

    private static String names(KeptChannel channel) {
        return String.join(
                ", ",
                channel.usedBy().stream().map(ResourceName::toString).sorted().toList());
    }

    private static JsonObject json(KeptChannel channel, Optional<String> unsure) {
        JsonArray usedBy = new JsonArray();
        channel.usedBy().stream().map(ResourceName::toString).sorted().forEach(usedBy::add);
        return new JsonObject()
                .put("name", channel.name())
                .put("kafka", channel.place())
                .put("partitions", channel.partitions())
                .put("events", channel.records())
                .put("brokers", usedBy)
                .put(
                        "known",
                        channel.known()
                                && (unsure.isEmpty() || !channel.usedBy().isEmpty()))
                .put("readers", channel.readers())
                .put("goesWithIt", new JsonArray(channel.belongings()));
    }
}
