/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.net.HttpURLConnection;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One list and watch of the API server, which is begun again whatever ends it. What it sees it tells on the store's
 * thread. The caches of the client live in here and in nobody else's hands.
 */
final class Watch<T extends HasMetadata> implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

    /** How far it is. What was seen once stays seen, also while the API server is away. */
    enum State {
        /** Nothing is known yet. */
        STARTING,
        /** Everything has been seen once. */
        SEEN,
        /** Nothing is known, since the API server refuses to say. It is asked again. */
        FORBIDDEN,
        /** The API server has no such kind (yet). It is asked again. */
        UNKNOWN_KIND
    }

    /** Where observations go; called on the store's thread. */
    interface Observer<T> {
        void seen(T object);

        void gone(T object);

        /** It has come to another state. */
        void changed();
    }

    private final String what;
    private final SharedIndexInformer<T> informer;
    private final Observer<? super T> observer;
    private final Consumer<Runnable> thread;
    private final Consumer<? super T> slimming;
    private State state = State.STARTING;
    private boolean closed;
    private volatile boolean away;

    /**
     * @param what for the log
     * @param informer that has not been started
     * @param thread runs tasks one after the other
     */
    Watch(String what, SharedIndexInformer<T> informer, Observer<? super T> observer, Consumer<Runnable> thread) {
        this(what, informer, observer, thread, object -> {});
    }

    /**
     * @param slimming takes out of an object what the observer does not ask for, so that the client's cache does not keep it;
     *     on a thread of the client's, while the store's may be reading the object
     */
    Watch(
            String what,
            SharedIndexInformer<T> informer,
            Observer<? super T> observer,
            Consumer<Runnable> thread,
            Consumer<? super T> slimming) {
        this.what = what;
        this.informer = informer;
        this.observer = observer;
        this.thread = thread;
        this.slimming = slimming;
    }

    /** To be called on the store's thread, as everything here. */
    void start() {
        informer.exceptionHandler((started, failure) -> {
            failed(failure);
            return true;
        });
        informer.addEventHandler(new ResourceEventHandler<>() {
            @Override
            public void onAdd(T object) {
                see(object);
            }

            @Override
            public void onUpdate(T before, T object) {
                see(object);
            }

            @Override
            public void onDelete(T object, boolean unknownFinalState) {
                back();
                post(() -> observer.gone(object));
            }
        });
        informer.start().whenComplete((started, failure) -> {
            if (failure == null) {
                back();
                post(this::synced);
            } else {
                post(() -> LOG.atError()
                        .setCause(failure)
                        .addKeyValue("watch", what)
                        .log("a watch did not start"));
            }
        });
    }

    State state() {
        return state;
    }

    /** False while it is begun again; a lost connection may be told later, or never. */
    boolean isWatching() {
        return informer.isWatching();
    }

    @Override
    public void close() {
        closed = true;
        informer.stop();
    }

    private void see(T object) {
        // Half of what an object takes in memory, and nobody asks for it. The client's cache has this very object.
        object.getMetadata().setManagedFields(null);
        slimming.accept(object);
        back();
        post(() -> observer.seen(object));
    }

    /** What the first list held may still be on its way by the handler, and has to be there before it counts as seen. */
    private void synced() {
        informer.getStore().list().forEach(observer::seen);
        become(State.SEEN);
    }

    private void become(State next) {
        if (state != next) {
            state = next;
            observer.changed();
        }
    }

    private void failed(Throwable wrapped) {
        // As the client's futures end.
        Throwable failure =
                wrapped instanceof CompletionException && wrapped.getCause() != null ? wrapped.getCause() : wrapped;
        boolean first = !away;
        away = true;
        int code = failure instanceof KubernetesClientException refused ? refused.getCode() : 0;
        if (first) {
            LOG.atWarn()
                    .addKeyValue("watch", what)
                    .addKeyValue("error", failure.getMessage())
                    .log(
                            "the Kubernetes API does not answer this watch; what is known stays in force, and it is asked again");
        }
        post(() -> {
            if (state == State.SEEN) {
                return; // A refusal that comes later takes nothing away that was seen.
            }
            if (code == HttpURLConnection.HTTP_FORBIDDEN) {
                become(State.FORBIDDEN);
            } else if (code == HttpURLConnection.HTTP_NOT_FOUND) {
                become(State.UNKNOWN_KIND);
            }
        });
    }

    private void back() {
        if (away) {
            away = false;
            LOG.atInfo().addKeyValue("watch", what).log("the Kubernetes API answers this watch again");
        }
    }

    private void post(Runnable task) {
        thread.accept(() -> {
            if (!closed) {
                task.run();
            }
        });
    }
}
