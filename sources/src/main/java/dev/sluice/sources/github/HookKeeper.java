/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.AdapterHost;
import dev.sluice.api.source.SourceCondition;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the webhook of one source on GitHub as the resource wants it, and has delivered again what did not arrive.
 *
 * <pre>
 *   start ──▶ find by URL ──▶ change or create ──▶ repeat what failed ──▶ wait ──▶ look at it ──▶ repeat … ──▶ wait ─┐
 *                 ▲                                                                   │    ▲                     │
 *                 └────────────────────────────── it is gone ◀────────────────────────┘    └─────────────────────┘
 * </pre>
 *
 * <p>Several processes may do this for one source at the same time: GitHub has no two webhooks of one URL, and an event that
 * is asked for twice comes with one id. What happens after {@link #start} and before {@link #close} happens on the event loop
 * that {@code start} was called on.
 */
final class HookKeeper {

    private static final Logger LOG = LoggerFactory.getLogger(HookKeeper.class);

    /** What GitHub tells of is enough for days of a busy repository; what is older than that is left alone. */
    private static final int MOST_PAGES = 100;

    private static final int REMOVAL_ATTEMPTS = 4;
    private static final long NO_TIMER = -1;
    private static final long UNKNOWN = 0;

    private final ResourceName name;
    private final GitHubDefinition definition;
    private final HookPlan plan;
    private final HookPace pace;
    private final InstantSource clock;
    private final AdapterHost host;
    private final Supplier<GitHubApi> apis;
    private final GitHubApi api;
    private final Context context;

    private long timer = NO_TIMER;
    private long hook = UNKNOWN;
    private int failures;
    private boolean configured;
    private boolean redelivers = true;
    private boolean closed;
    private Future<Void> step = Future.succeededFuture();

    /** @param apis each of which ends once */
    HookKeeper(
            ResourceName name,
            GitHubDefinition definition,
            HookPlan plan,
            HookPace pace,
            InstantSource clock,
            AdapterHost host,
            Supplier<GitHubApi> apis) {
        this.name = name;
        this.definition = definition;
        this.plan = plan;
        this.pace = pace;
        this.clock = clock;
        this.host = host;
        this.apis = apis;
        api = apis.get();
        context = host.vertx().getOrCreateContext();
    }

    void start() {
        host.report(SourceCondition.unknown(
                GitHubSourceKind.WEBHOOK_CONFIGURED,
                "Configuring",
                "the webhook on GitHub is being set up, with the payload URL " + plan.url()));
        context.runOnContext(here -> turn());
    }

    /** Leaves the webhook as it is. Completes at once, but for the event loop. */
    Future<Void> close() {
        return onContext(() -> {
            stop();
            return step.otherwiseEmpty();
        });
    }

    /** Takes the webhook away, if GitHub lets us in time; else says in the log what is left to do. Never fails. */
    Future<Void> remove() {
        return takeDown().recover(failure -> {
            LOG.atWarn()
                    .addKeyValue("source", name)
                    .addKeyValue("repository", definition.repository())
                    .addKeyValue("url", plan.url())
                    .addKeyValue("error", failure.getMessage())
                    .log(
                            "the webhook on GitHub could not be removed; unless that is tried again, as in a cluster, delete it there"
                                    + " by hand");
            return Future.succeededFuture();
        });
    }

    /** Takes the webhook away. Fails if GitHub does not let us in time, and says what to do. Whether it was started or not. */
    Future<Void> takeDown() {
        return onContext(() -> {
            stop();
            GitHubApi last = apis.get();
            return step.otherwiseEmpty()
                    .compose(stopped -> removed(last, 0))
                    .timeout(pace.removal().toMillis(), TimeUnit.MILLISECONDS)
                    .onSuccess(gone -> LOG.atInfo()
                            .addKeyValue("source", name)
                            .addKeyValue("repository", definition.repository())
                            .log("there is no webhook on GitHub any more"))
                    .recover(cause -> {
                        last.close();
                        GitHubFailure failure = cause instanceof TimeoutException
                                ? GitHubFailure.of(
                                        GitHubFailure.Kind.UNAVAILABLE,
                                        "GitHub did not do it within "
                                                + pace.removal().toSeconds() + " seconds")
                                : GitHubFailure.of(cause);
                        if (failure.kind() == GitHubFailure.Kind.NOT_FOUND) {
                            // As in Knative: most often the repository is gone, and its webhooks with it. GitHub
                            // answers
                            // the same to a token that may not see it any more.
                            LOG.atWarn()
                                    .addKeyValue("source", name)
                                    .addKeyValue("repository", definition.repository())
                                    .log(
                                            "GitHub shows no such repository or organisation to the token; if it is there, delete the webhook by hand");
                            return Future.succeededFuture();
                        }
                        // Whether what passes is tried again is not for us to say.
                        return Future.failedFuture(
                                failure.passes()
                                        ? failure
                                        : GitHubFailure.of(
                                                failure.kind(),
                                                failure.getMessage() + "; " + failure.remedy(definition)));
                    });
        });
    }

    private void stop() {
        closed = true;
        if (timer != NO_TIMER) {
            host.vertx().cancelTimer(timer);
            timer = NO_TIMER;
        }
        api.close();
    }

    private Future<Void> removed(GitHubApi last, int failuresSoFar) {
        Future<Void> attempt = hook != UNKNOWN
                ? deleted(last, hook)
                : last.hooks().compose(hooks -> {
                    Long own = own(hooks);
                    return own == null ? Future.succeededFuture() : deleted(last, own);
                });
        return attempt.recover(cause -> {
            GitHubFailure failure = GitHubFailure.of(cause);
            long wait = pace.waitMillis(failure, failuresSoFar);
            if (!failure.passes()
                    || failuresSoFar + 1 >= REMOVAL_ATTEMPTS
                    || wait >= pace.removal().toMillis()) {
                return Future.failedFuture(failure);
            }
            return host.vertx()
                    .timer(Math.max(1, wait), TimeUnit.MILLISECONDS)
                    .compose(waited -> removed(last, failuresSoFar + 1));
        });
    }

    /** By us or by whoever was faster. */
    private static Future<Void> deleted(GitHubApi last, long id) {
        return last.delete(id)
                .recover(cause -> GitHubFailure.of(cause).kind() == GitHubFailure.Kind.NOT_FOUND
                        ? Future.succeededFuture()
                        : Future.failedFuture(cause));
    }

    // ---- one turn
    // -----------------------------------------------------------------------------------------------------------

    private void turn() {
        timer = NO_TIMER;
        if (closed) {
            return;
        }
        step = ensured().compose(this::repeated);
        step.onSuccess(done -> again(lookMillis())).onFailure(cause -> {
            GitHubFailure failure = GitHubFailure.of(cause);
            if (closed) {
                return;
            }
            if (failures == 0) {
                LOG.atWarn()
                        .addKeyValue("source", name)
                        .addKeyValue("repository", definition.repository())
                        .addKeyValue("error", failure.getMessage())
                        .log("the webhook on GitHub can't be looked after; it is tried again");
            }
            long wait = pace.waitMillis(failure, failures);
            failures++;
            again(wait + ThreadLocalRandom.current().nextLong(wait / 5 + 1));
        });
    }

    /** A little apart, so that a thousand sources that began together don't ask together for ever. */
    private long lookMillis() {
        failures = 0;
        long millis = pace.look().toMillis();
        return millis - ThreadLocalRandom.current().nextLong(millis / 5 + 1);
    }

    private void again(long millis) {
        if (!closed) {
            timer = host.vertx().setTimer(Math.max(1, millis), rang -> turn());
        }
    }

    /** The id of the webhook, which is as it should be. */
    private Future<Long> ensured() {
        return (hook == UNKNOWN ? found() : lookedAt(hook))
                .onSuccess(id -> {
                    redelivers |= hook != id;
                    hook = id;
                    if (!configured) {
                        LOG.atInfo()
                                .addKeyValue("source", name)
                                .addKeyValue("repository", definition.repository())
                                .addKeyValue("url", plan.url())
                                .log("the webhook on GitHub is set up");
                    }
                    configured = true;
                    host.report(new SourceCondition(
                            GitHubSourceKind.WEBHOOK_CONFIGURED,
                            SourceCondition.State.TRUE,
                            "",
                            "the webhook " + id + " of " + definition.repository() + " sends to " + plan.url()));
                })
                .onFailure(this::notEnsured);
    }

    private Future<Long> found() {
        return api.hooks().compose(hooks -> {
            Long own = own(hooks);
            // Also one that looks right: GitHub does not tell whether it has the secret.
            return own == null ? created() : api.update(own, plan);
        });
    }

    private Future<Long> created() {
        return api.create(plan)
                .recover(cause -> GitHubFailure.of(cause).kind() != GitHubFailure.Kind.EXISTS
                        ? Future.failedFuture(cause)
                        // Another process was faster. Where the list does not show it yet, it is asked for again soon.
                        : api.hooks().compose(hooks -> {
                            Long own = own(hooks);
                            return own == null ? Future.failedFuture(cause) : api.update(own, plan);
                        }));
    }

    private Future<Long> lookedAt(long id) {
        return api.hook(id)
                .compose(is -> plan.isMetBy(is) ? Future.succeededFuture(id) : api.update(id, plan))
                .recover(cause -> {
                    GitHubFailure.Kind kind = GitHubFailure.of(cause).kind();
                    if (kind != GitHubFailure.Kind.NOT_FOUND && kind != GitHubFailure.Kind.EXISTS) {
                        return Future.failedFuture(cause);
                    }
                    if (kind == GitHubFailure.Kind.EXISTS) {
                        // Another webhook has the URL: where that one is not found either, it is told.
                        configured = false;
                    }
                    hook = UNKNOWN;
                    return found();
                });
    }

    private @Nullable Long own(List<GitHubApi.Hook> hooks) {
        for (GitHubApi.Hook one : hooks) {
            if (plan.isOf(one)) {
                return one.id();
            }
        }
        return null;
    }

    private void notEnsured(Throwable cause) {
        GitHubFailure failure = GitHubFailure.of(cause);
        if (closed || failure.kind() == GitHubFailure.Kind.CLOSED) {
            return;
        }
        if (configured && failure.passes()) {
            // It is there, as far as anybody knows.
            return;
        }
        configured = false;
        host.report(SourceCondition.isFalse(
                GitHubSourceKind.WEBHOOK_CONFIGURED,
                hook == UNKNOWN ? "CreationFailed" : "ReconciliationFailed",
                failure.getMessage() + "; " + failure.remedy(definition)));
    }

    // ---- what did not arrive
    // ------------------------------------------------------------------------------------------------

    private Future<Void> repeated(long id) {
        if (!redelivers) {
            return Future.succeededFuture();
        }
        return history(id, null, 1, new DeliveryHistory())
                .compose(history -> askedAgain(id, history.toRepeat(clock.instant(), definition::wants), 0, 0))
                .recover(cause -> {
                    GitHubFailure failure = GitHubFailure.of(cause);
                    if (failure.kind() != GitHubFailure.Kind.NOT_FOUND) {
                        return Future.failedFuture(failure);
                    }
                    // An Enterprise server before 3.2 has no such API.
                    redelivers = false;
                    LOG.atWarn()
                            .addKeyValue("source", name)
                            .addKeyValue("repository", definition.repository())
                            .addKeyValue("error", failure.getMessage())
                            .log("GitHub does not tell what it could not deliver; nothing is asked for again");
                    return Future.succeededFuture();
                });
    }

    private Future<DeliveryHistory> history(long id, @Nullable String from, int page, DeliveryHistory history) {
        return api.deliveries(id, from).compose(found -> {
            found.deliveries().forEach(history::add);
            String next = found.next().orElse(null);
            boolean recent = !found.deliveries().isEmpty()
                    && found.deliveries()
                            .get(found.deliveries().size() - 1)
                            .at()
                            .isAfter(clock.instant().minus(DeliveryHistory.OLDEST));
            if (next == null || !recent) {
                return Future.succeededFuture(history);
            }
            if (page == MOST_PAGES) {
                LOG.atWarn()
                        .addKeyValue("source", name)
                        .addKeyValue("repository", definition.repository())
                        .log("GitHub has more deliveries of the last days than are looked through");
                return Future.succeededFuture(history);
            }
            return history(id, next, page + 1, history);
        });
    }

    /** One after another, with pauses. */
    private Future<Void> askedAgain(long id, List<GitHubApi.Delivery> failed, int next, int asked) {
        if (next == failed.size()) {
            if (asked > 0) {
                LOG.atInfo()
                        .addKeyValue("source", name)
                        .addKeyValue("repository", definition.repository())
                        .addKeyValue("deliveries", asked)
                        .log("GitHub was asked to deliver again what did not arrive");
            }
            return Future.succeededFuture();
        }
        GitHubApi.Delivery delivery = failed.get(next);
        return api.redeliver(id, delivery.id())
                .<Integer>transform(done -> {
                    if (done.succeeded()) {
                        host.note("redelivery");
                        return Future.succeededFuture(asked + 1);
                    }
                    GitHubFailure failure = GitHubFailure.of(done.cause());
                    if (failure.kind() != GitHubFailure.Kind.INVALID
                            && failure.kind() != GitHubFailure.Kind.NOT_FOUND) {
                        return Future.failedFuture(failure);
                    }
                    LOG.atWarn()
                            .addKeyValue("source", name)
                            .addKeyValue("eventId", delivery.guid())
                            .addKeyValue("error", failure.getMessage())
                            .log("GitHub does not deliver an event again that did not arrive");
                    return Future.succeededFuture(asked);
                })
                .compose(count -> next + 1 < failed.size()
                        ? paused().compose(waited -> askedAgain(id, failed, next + 1, count))
                        : askedAgain(id, failed, next + 1, count));
    }

    private Future<Void> paused() {
        return host.vertx()
                .timer(Math.max(1, pace.betweenRedeliveries().toMillis()), TimeUnit.MILLISECONDS)
                .mapEmpty();
    }

    private <T> Future<T> onContext(Supplier<Future<T>> action) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(here -> action.get().onComplete(promise));
        return promise.future();
    }
}
