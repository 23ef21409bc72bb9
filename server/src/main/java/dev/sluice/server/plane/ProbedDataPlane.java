/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.plane;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.api.source.SourceTable;
import dev.sluice.broker.Ingress;
import dev.sluice.control.reconcile.DataPlane;
import dev.sluice.control.reconcile.DataPlaneReport;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Puts tables in force, and then asks the ingresses of other processes whether they have done so too: a Broker is Ready
 * when each of them serves it. One that has said so is not asked again about that Broker; an ingress that comes later takes
 * nothing in before it has seen all resources.
 */
public final class ProbedDataPlane implements DataPlane {

    private static final long ANSWER_MILLIS = 2_000;

    /** Requests at a time to one address: what is asked of a thousand Brokers must not crowd out their events. */
    private static final int POOL = 8;

    private final DataPlane plane;
    private final Vertx vertx;
    private final List<HostAndPort> ingresses;
    private final HttpClient client;
    /** By the Broker's UID. */
    private final Set<String> served = ConcurrentHashMap.newKeySet();

    /** @param ingresses every address of each name is asked; none: nobody is */
    public ProbedDataPlane(DataPlane plane, Vertx vertx, List<HostAndPort> ingresses) {
        this.plane = requireNonNull(plane, "plane");
        this.vertx = requireNonNull(vertx, "vertx");
        this.ingresses = List.copyOf(ingresses);
        client = vertx.createHttpClient(
                new HttpClientOptions().setConnectTimeout((int) ANSWER_MILLIS),
                new PoolOptions().setHttp1MaxSize(POOL));
    }

    @Override
    public Future<DataPlaneReport> apply(RoutingTable table) {
        return plane.apply(table).compose(report -> {
            Set<String> uids = new HashSet<>();
            List<BrokerRoute> asked = new ArrayList<>();
            for (BrokerRoute broker : table.brokers().values()) {
                uids.add(broker.uid());
                boolean canServe =
                        broker.notReady().isEmpty() && !report.channelFailures().containsKey(broker.name());
                if (canServe && !served.contains(broker.uid())) {
                    asked.add(broker);
                }
            }
            served.retainAll(uids);
            return asked.isEmpty() || ingresses.isEmpty() ? Future.succeededFuture(report) : ask(asked, report);
        });
    }

    @Override
    public Future<Void> applySources(SourceTable sources) {
        return plane.applySources(sources);
    }

    private Future<DataPlaneReport> ask(List<BrokerRoute> brokers, DataPlaneReport report) {
        return vertx.executeBlocking(this::addresses, false)
                .compose(addresses -> {
                    Map<ResourceName, String> failures = new ConcurrentHashMap<>();
                    List<Future<Void>> asking = new ArrayList<>();
                    for (BrokerRoute broker : brokers) {
                        List<Future<Void>> all = new ArrayList<>();
                        for (SocketAddress address : addresses) {
                            all.add(ask(broker, address));
                        }
                        asking.add(Future.join(all)
                                .<Void>mapEmpty()
                                .onSuccess(each -> served.add(broker.uid()))
                                .recover(failure -> {
                                    failures.put(broker.name(), String.valueOf(failure.getMessage()));
                                    return Future.succeededFuture();
                                }));
                    }
                    return Future.join(asking).map(all -> failures);
                })
                .recover(failure -> {
                    Map<ResourceName, String> failures = new HashMap<>();
                    brokers.forEach(broker -> failures.put(broker.name(), String.valueOf(failure.getMessage())));
                    return Future.succeededFuture(failures);
                })
                .map(report::withIngressFailures);
    }

    /** Looked up each time: processes come and go. What the JVM remembers is a second old at most, as Main has set it. Blocks. */
    private List<SocketAddress> addresses() throws UnknownHostException {
        List<SocketAddress> addresses = new ArrayList<>();
        for (HostAndPort ingress : ingresses) {
            try {
                for (InetAddress address : InetAddress.getAllByName(ingress.host())) {
                    addresses.add(SocketAddress.inetSocketAddress(ingress.port(), address.getHostAddress()));
                }
            } catch (UnknownHostException e) {
                UnknownHostException named = new UnknownHostException("the ingress " + ingress + " has no address");
                named.initCause(e);
                throw named;
            }
        }
        return addresses;
    }

    private Future<Void> ask(BrokerRoute broker, SocketAddress address) {
        RequestOptions options = new RequestOptions()
                .setServer(address)
                .setHost(address.host())
                .setPort(address.port())
                .setMethod(HttpMethod.OPTIONS)
                .setURI("/" + broker.name().namespace() + "/" + broker.name().name())
                // One that hangs must not keep a connection of the pool for good.
                .setTimeout(ANSWER_MILLIS)
                .putHeader(Ingress.PROBE_HEADER, broker.uid());
        return client.request(options)
                .compose(HttpClientRequest::send)
                .compose(response -> response.body()
                        .compose(body -> response.statusCode() == 200
                                ? Future.<Void>succeededFuture()
                                : Future.failedFuture(
                                        "the ingress at " + address + " answers " + response.statusCode() + " for it")))
                .timeout(ANSWER_MILLIS, TimeUnit.MILLISECONDS)
                .recover(failure -> Future.failedFuture(
                        String.valueOf(failure.getMessage()).contains("ingress at")
                                ? failure.getMessage()
                                : "the ingress at " + address + " does not answer: " + failure.getMessage()));
    }
}
