/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens to the objects at one path of the API server, from a resource version on, whatever ends its connections.
 *
 * <pre>
 *   learn ───────────▶ watch ◀──────────┐
 *   who is there       what happens     │ time over, connection lost
 *     │                  │   └──────────┘
 *     │ version too old  │ version too old
 *     └────▶ compare ◀───┘
 *            who is there now, against who was; then watch
 * </pre>
 *
 * <p>Of every object it keeps the identity and the version, and nothing more. On one context only.
 */
final class ObjectWatch {

    private static final Logger LOG = LoggerFactory.getLogger(ObjectWatch.class);

    /** Objects to ask for at a time. */
    private static final int PAGE = 500;

    /** Of more objects than this it is not known any more which were there, so that after a gap none can be missed. */
    private static final int MOST_KNOWN = 50_000;

    /** A watch ends by itself after this and is begun again, so that one whose other end is gone does not last. */
    private static final long WATCH_SECONDS = 180;

    /** One that ends sooner, without a word, is not begun again at once. */
    private static final long QUICK_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final long FIRST_WAIT_MILLIS = 250;
    private static final long LONGEST_WAIT_MILLIS = 30_000;
    private static final int DOUBLINGS = 7;

    /** How it stands. */
    enum State {
        /** Nothing has been seen yet. */
        STARTING,
        WATCHING,
        /** The API server refuses. It is asked again. */
        FORBIDDEN,
        /** The API server has no such path. It is asked again. */
        UNKNOWN,
        /** The API server does not answer, or with something else. It is asked again. */
        AWAY
    }

    /** Where it is told. On the context. */
    interface Observer {

        /** Whether it is of any interest. Always the same for the same object, as a rule. */
        boolean cares(Identity object);

        /** It was there when the watch was begun. May be told again. */
        void present(Identity object);

        /**
         * It was changed.
         *
         * @param object its bytes, or of its metadata only
         * @param through the version to which the watch has come with it; empty: to none yet
         */
        void changed(Verb verb, Identity identity, byte[] object, String through);

        /** The watch has come to a version without another change. */
        void passed(String version);

        boolean hasRoom();

        /** Completes when there is room; until then nothing is read. */
        Future<Void> room();

        /** It stands differently. */
        void stateChanged();
    }

    private record Known(String namespace, String name, String version) {}

    private final KubeApi api;
    private final Context context;
    private final String what;
    private final String path;
    private final String selector;
    private final @Nullable EventMapping whole;
    private final Observer observer;

    /** By {@link Identity#key}. */
    private Map<String, Known> known = new HashMap<>();
    /** Whether {@link #known} has all that were there at {@link #version}. */
    private boolean complete;

    private String version;
    private final Instant versionAt;
    /** What came between {@link #version} and now can't be had from the API server any more. */
    private boolean gap;

    private boolean learnt;
    private State state = State.STARTING;
    private String message = "";
    private KubeApi.@Nullable Watching watching;
    private long timer = -1;
    /** Its connection broke, and there has not been another yet. */
    private boolean broken;

    private int failures;
    private boolean closed;

    /**
     * @param what for the log
     * @param path of the collection
     * @param selector of labels; empty: all
     * @param whole how an object that can't be had is put in words, where whole objects are wanted; null: their metadata will
     *     do
     * @param version after which changes are told; empty: from now on
     * @param versionAt when that was
     */
    ObjectWatch(
            KubeApi api,
            Context context,
            String what,
            String path,
            String selector,
            @Nullable EventMapping whole,
            String version,
            Instant versionAt,
            Observer observer) {
        this.api = requireNonNull(api, "api");
        this.context = requireNonNull(context, "context");
        this.what = requireNonNull(what, "what");
        this.path = requireNonNull(path, "path");
        this.selector = requireNonNull(selector, "selector");
        this.whole = whole;
        this.version = requireNonNull(version, "version");
        this.versionAt = requireNonNull(versionAt, "versionAt");
        this.observer = requireNonNull(observer, "observer");
    }

    void start() {
        go();
    }

    State state() {
        return state;
    }

    /** Why it is not watching; empty if it is. */
    String message() {
        return message;
    }

    /** Whether everything that happens from now on is told, now or later. */
    boolean hasSeen() {
        return learnt;
    }

    void close() {
        closed = true;
        KubeApi.Watching open = watching;
        if (open != null) {
            open.cancel();
        }
        context.owner().cancelTimer(timer);
    }

    private void go() {
        if (closed) {
            return;
        }
        boolean asks = gap || !learnt;
        Future<Void> before = gap ? compare() : learnt ? Future.succeededFuture() : learn();
        // A watch brings a piece before it can be held up: begun without room, each time a connection ends, these would
        // add up.
        before.compose(done -> {
                    learnt = true;
                    if (asks && !observer.hasRoom()) {
                        // As soon as there is room: what happens until then is told after that.
                        become(State.WATCHING, "");
                    }
                    return observer.room();
                })
                .onComplete(done -> {
                    if (closed) {
                        return;
                    }
                    if (done.failed()) {
                        failed(done.cause());
                    } else {
                        watch();
                    }
                });
    }

    // ---- who is there
    // ------------------------------------------------------------------------------------------------

    /** Finds out who was there at the version, or is now, so that later something can be told of who is gone. */
    private Future<Void> learn() {
        known = new HashMap<>();
        complete = true;
        return pages(version, page -> {
                    page.forEach(object -> {
                        remember(known, object);
                        observer.present(object);
                    });
                    return Future.succeededFuture();
                })
                .map(at -> {
                    if (version.isEmpty()) {
                        version = at;
                        observer.passed(at);
                    }
                    return (Void) null;
                })
                .recover(cause -> {
                    if (!isGone(cause) || version.isEmpty()) {
                        return Future.failedFuture(cause);
                    }
                    known = new HashMap<>();
                    complete = false;
                    gap = true;
                    return compare();
                });
    }

    /** Tells what must have happened since the version, by who is there now. What can't be told apart is not told again. */
    private Future<Void> compare() {
        LOG.atWarn()
                .addKeyValue("watch", what)
                .addKeyValue("resourceVersion", version)
                .log("the API server does not go back so far any more; changes since are told from what is there now");
        Map<String, Known> now = new HashMap<>();
        Set<String> left = new HashSet<>(known.keySet());
        return pages("", page -> compare(page, 0, now, left))
                .compose(at -> gone(List.copyOf(left), 0).map(told -> {
                    if (closed) {
                        return null; // What was left untold is told by whoever goes on, from the version before.
                    }
                    complete = now.size() < MOST_KNOWN;
                    known = now;
                    gap = false;
                    version = at;
                    observer.passed(at);
                    return null;
                }));
    }

    private Future<Void> compare(List<Identity> page, int from, Map<String, Known> now, Set<String> left) {
        for (int i = from; i < page.size(); i++) {
            Identity object = page.get(i);
            left.remove(object.key());
            remember(now, object);
            Known before = known.get(object.key());
            boolean changed =
                    ResourceVersions.isNewer(object.resourceVersion(), before == null ? version : before.version());
            if (closed || !observer.cares(object)) {
                continue;
            }
            if (!changed) {
                observer.present(object);
                continue;
            }
            boolean isNew = before == null && (complete || !object.created().isBefore(versionAt));
            int next = i + 1;
            return observer.room()
                    .compose(room -> told(isNew ? Verb.ADD : Verb.UPDATE, object, now))
                    .compose(told -> compare(page, next, now, left));
        }
        return Future.succeededFuture();
    }

    private Future<Void> told(Verb verb, Identity object, Map<String, Known> now) {
        if (whole == null) {
            remember(known, object); // Should the list break off, it is not told again.
            observer.changed(verb, object, new byte[0], "");
            return Future.succeededFuture();
        }
        return api.get(pathOf(object), KubeApi.JSON_TYPE)
                .<Void>map(bytes -> {
                    Identity got = identity(bytes);
                    // The watch, which goes on from the list, tells of this version once more.
                    remember(now, got);
                    remember(known, got);
                    observer.changed(verb, got, bytes, "");
                    return null;
                })
                .recover(cause -> cause instanceof RefusedException refused && refused.isNotFound()
                        ? Future.succeededFuture() // The watch tells how it went.
                        : Future.failedFuture(cause));
    }

    private Future<Void> gone(List<String> keys, int from) {
        for (int i = from; i < keys.size(); i++) {
            Known before = known.get(keys.get(i));
            if (before == null || closed) {
                continue;
            }
            Identity object = new Identity(
                    before.namespace(), before.name(), keys.get(i), before.version(), Instant.EPOCH, "", "", false);
            known.remove(keys.get(i));
            observer.changed(Verb.DELETE, object, whole == null ? new byte[0] : whole.remains(object), "");
            if (!observer.hasRoom()) {
                int next = i + 1;
                return observer.room().compose(room -> gone(keys, next));
            }
        }
        return Future.succeededFuture();
    }

    private interface Page {
        Future<Void> take(List<Identity> page);
    }

    /**
     * One page.
     *
     * @param at the version of the list
     * @param next where the next page begins; empty: there is none
     */
    private record Listed(String at, String next) {}

    /** Lists all, page by page. The version at which they were so. */
    private Future<String> pages(String at, Page taker) {
        String query = "?limit=" + PAGE + selectorQuery();
        String first =
                at.isEmpty() ? query : query + "&resourceVersion=" + KubeApi.encode(at) + "&resourceVersionMatch=Exact";
        // A promise and no chain of futures: that would grow with every page, and end as deep on the stack.
        Promise<String> end = Promise.promise();
        page(first, query, taker, end);
        return end.future();
    }

    private void page(String query, String further, Page taker, Promise<String> end) {
        Future<Listed> taken = api.read(path + query, KubeApi.METADATA_LIST).compose(list -> {
            List<Identity> objects = new ArrayList<>();
            list.path("items").forEach(item -> objects.add(Identity.of(item.path("metadata"))));
            String next = list.at("/metadata/continue").asText();
            String at = list.at("/metadata/resourceVersion").asText();
            return taker.take(objects).map(done -> new Listed(at, next));
        });
        taken.onFailure(end::fail).onSuccess(listed -> {
            if (closed || listed.next().isEmpty()) {
                end.complete(listed.at());
            } else {
                page(further + "&continue=" + KubeApi.encode(listed.next()), further, taker, end);
            }
        });
    }

    private String selectorQuery() {
        return selector.isEmpty() ? "" : "&labelSelector=" + KubeApi.encode(selector);
    }

    private String pathOf(Identity object) {
        int plural = path.lastIndexOf('/');
        // The collection of all namespaces is at another path than the objects in it.
        String namespaces = "/namespaces/";
        String base = object.namespace().isEmpty() || path.contains(namespaces)
                ? path
                : path.substring(0, plural) + namespaces + object.namespace() + path.substring(plural);
        return base + "/" + object.name();
    }

    private static Identity identity(byte[] object) {
        try {
            JsonNode read = WatchLine.JSON.readTree(object);
            return Identity.of(read.path("metadata"));
        } catch (IOException e) {
            throw new IllegalStateException("the API server's answer is no JSON: " + e.getMessage(), e);
        }
    }

    private void remember(Map<String, Known> in, Identity object) {
        if (!observer.cares(object)) {
            return;
        }
        if (in.size() < MOST_KNOWN || in.containsKey(object.key())) {
            in.put(object.key(), new Known(object.namespace(), object.name(), object.resourceVersion()));
        } else if (in == known) {
            complete = false;
        }
    }

    // ---- what happens
    // ------------------------------------------------------------------------------------------------

    private void watch() {
        long seconds = WATCH_SECONDS + ThreadLocalRandom.current().nextLong(WATCH_SECONDS / 3);
        String query = "?watch=1&allowWatchBookmarks=true&timeoutSeconds=" + seconds + "&resourceVersion="
                + KubeApi.encode(version) + selectorQuery();
        String accept = whole == null ? KubeApi.METADATA : KubeApi.JSON_TYPE;
        KubeApi.Watching[] mine = new KubeApi.Watching[1];
        mine[0] = api.watch(path + query, accept, seconds, new KubeApi.WatchHandler() {

            private boolean told;
            private long openedNanos = System.nanoTime();

            @Override
            public void opened() {
                openedNanos = System.nanoTime();
                broken = false;
                become(State.WATCHING, "");
            }

            @Override
            public void lines(List<WatchLine> lines) {
                told = true;
                failures = 0;
                for (WatchLine line : lines) {
                    if (!take(line)) {
                        mine[0].cancel();
                        return;
                    }
                }
                if (observer.hasRoom()) {
                    mine[0].more();
                } else {
                    observer.room().onSuccess(room -> mine[0].more());
                }
            }

            @Override
            public void ended(@Nullable Throwable cause) {
                if (cause == null && (told || System.nanoTime() - openedNanos > QUICK_NANOS)) {
                    failures = 0;
                    go();
                } else if (cause == null) {
                    again();
                } else {
                    failed(cause);
                }
            }
        });
        watching = mine[0];
    }

    /** False if the watch is over with it. */
    private boolean take(WatchLine line) {
        Identity object = line.identity();
        boolean isChange = !line.type().equals("BOOKMARK") && !line.type().equals("ERROR");
        if (isChange && !observer.cares(object)) {
            known.remove(object.key());
            version = object.resourceVersion();
            observer.passed(version);
            return true;
        }
        Known before = known.get(object.key());
        switch (line.type()) {
            case "ADDED", "MODIFIED" -> {
                if (before != null && !ResourceVersions.isNewer(object.resourceVersion(), before.version())) {
                    return true;
                }
                remember(known, object);
                version = object.resourceVersion();
                Verb verb = line.type().equals("ADDED") ? Verb.ADD : Verb.UPDATE;
                observer.changed(verb, object, line.object(), version);
            }
            case "DELETED" -> {
                known.remove(object.key());
                version = object.resourceVersion();
                observer.changed(Verb.DELETE, object, line.object(), version);
            }
            case "BOOKMARK" -> {
                version = object.resourceVersion();
                observer.passed(version);
            }
            case "ERROR" -> {
                failed(RefusedException.of(line.code(), line.object()));
                return false;
            }
            default ->
                LOG.atWarn()
                        .addKeyValue("watch", what)
                        .addKeyValue("type", line.type())
                        .log("the API server tells of something that is not known here");
        }
        return true;
    }

    // ---- what goes wrong
    // ---------------------------------------------------------------------------------------------

    private static boolean isGone(Throwable cause) {
        return cause instanceof RefusedException refused && refused.isGone();
    }

    private void failed(Throwable cause) {
        if (isGone(cause) && learnt && !gap) {
            gap = true;
            again();
            return;
        }
        String text = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        if (state == State.WATCHING && !broken && !(cause instanceof RefusedException)) {
            // Connections break, and nothing is lost by it.
            broken = true;
            LOG.atDebug().addKeyValue("watch", what).addKeyValue("error", text).log("a watch broke off");
            again();
            return;
        }
        State next = State.AWAY;
        if (cause instanceof RefusedException refused) {
            next = refused.isForbidden() ? State.FORBIDDEN : refused.isNotFound() ? State.UNKNOWN : State.AWAY;
        }
        if (state != next) {
            LOG.atWarn()
                    .addKeyValue("watch", what)
                    .addKeyValue("error", text)
                    .log("the API server does not answer this watch; it is asked again");
        }
        become(next, text);
        again();
    }

    private void again() {
        if (closed) {
            return;
        }
        long most = Math.min(LONGEST_WAIT_MILLIS, FIRST_WAIT_MILLIS << Math.min(failures, DOUBLINGS));
        failures++;
        // So that those who were thrown out together don't come back together.
        long wait = most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1);
        timer = context.owner().setTimer(wait, rang -> go());
    }

    private void become(State next, String text) {
        if (state != next || !message.equals(text)) {
            state = next;
            message = text;
            observer.stateChanged();
        }
    }
}
