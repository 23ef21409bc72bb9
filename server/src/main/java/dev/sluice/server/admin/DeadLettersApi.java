/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.admin;

import static java.util.Objects.requireNonNull;

import dev.sluice.control.admin.JsonAnswer;
import dev.sluice.dispatcher.parking.DeadLetterStore;
import dev.sluice.dispatcher.parking.DeadLetters;
import dev.sluice.dispatcher.parking.ParkedEvent;
import dev.sluice.dispatcher.parking.Redrive;
import dev.sluice.dispatcher.parking.Selection;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers below {@code /api/v1/dead-letters}: {@code GET} lists parked events, {@code GET /ID} shows one, {@code POST
 * /redrive} sends a selection again, {@code GET} and {@code DELETE /redrives/ID} look at a redrive and stop it, and {@code
 * POST /discard} throws a selection away. Whoever mounts it decides who may call it.
 */
public final class DeadLettersApi implements Handler<HttpServerRequest> {

    /** Where it is to be mounted. */
    public static final String PATH = "/api/v1/dead-letters";

    private static final Logger LOG = LoggerFactory.getLogger(DeadLettersApi.class);

    private static final int MAX_BODY = 1 << 20;

    private final Vertx vertx;
    private final DeadLetters deadLetters;

    public DeadLettersApi(Vertx vertx, DeadLetters deadLetters) {
        this.vertx = requireNonNull(vertx, "vertx");
        this.deadLetters = requireNonNull(deadLetters, "deadLetters");
    }

    @Override
    public void handle(HttpServerRequest request) {
        String path = request.path() == null ? "" : request.path();
        String below = path.length() <= PATH.length() ? "" : path.substring(PATH.length() + 1);
        String[] parts = (below.endsWith("/") ? below.substring(0, below.length() - 1) : below).split("/", -1);
        if (parts.length == 1 && parts[0].isEmpty()) {
            only(request, HttpMethod.GET, () -> list(request));
        } else if (parts.length == 1 && parts[0].equals("redrive")) {
            only(request, HttpMethod.POST, () -> body(request, this::redrive));
        } else if (parts.length == 1 && parts[0].equals("discard")) {
            only(request, HttpMethod.POST, () -> body(request, this::discard));
        } else if (parts.length == 1 && parts[0].equals("redrives")) {
            only(request, HttpMethod.GET, () -> redrives(request));
        } else if (parts.length == 2 && parts[0].equals("redrives")) {
            redrive(request, parts[1]);
        } else if (parts.length == 1) {
            only(request, HttpMethod.GET, () -> show(request, parts[0]));
        } else {
            JsonAnswer.refuse(
                    request,
                    404,
                    "there is nothing at " + path,
                    "there are " + PATH + ", " + PATH + "/ID, " + PATH + "/redrive, " + PATH + "/redrives/ID and "
                            + PATH + "/discard");
        }
    }

    private static void only(HttpServerRequest request, HttpMethod method, Runnable answer) {
        if (request.method().equals(method)) {
            answer.run();
        } else {
            request.response().putHeader("Allow", method.name());
            JsonAnswer.refuse(request, 405, request.method() + " is not taken here", "use " + method);
        }
    }

    // ---- looking ----------------------------------------------------------------------------------------------------

    private void list(HttpServerRequest request) {
        blocking(request, () -> {
            SelectionReader reader = SelectionReader.ofQuery(request.params());
            Selection selection = reader.selection();
            DeadLetterStore.Page page = deadLetters.store().find(selection, reader.after(), reader.limit());
            reader.checkNames(deadLetters);
            return new Answer(200, DeadLetterJson.list(page));
        });
    }

    private void show(HttpServerRequest request, String id) {
        Optional<ParkedEvent> parked = deadLetters.store().get(id);
        if (parked.isEmpty()) {
            noSuch(request, id);
        } else {
            blocking(request, () -> new Answer(200, DeadLetterJson.one(parked.get())));
        }
    }

    private static void noSuch(HttpServerRequest request, String id) {
        JsonAnswer.refuse(
                request,
                404,
                "there is no dead letter \"" + id + "\"",
                "it may have been delivered or discarded; see " + PATH + " for what is there");
    }

    // ---- sending again ----------------------------------------------------------------------------------------------

    private Answer redrive(JsonObject body) {
        SelectionReader reader = SelectionReader.ofBody(body);
        Selection selection = reader.selection();
        double perSecond = reader.rate();
        reader.checkNames(deadLetters);
        if (reader.isDryRun()) {
            return dryRun(selection);
        }
        Optional<Answer> refusal = refusal(selection);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        Optional<Redrive> begun = deadLetters.redrive(selection, perSecond, reader.isAttended());
        return begun.map(redrive -> new Answer(202, DeadLetterJson.progress(redrive.progress())))
                .orElseGet(
                        () -> Answer.refusal(429, "too many redrives are running", "wait for one to end, or stop one"));
    }

    /** If every event that is selected is of a trigger that is gone. */
    private Optional<Answer> refusal(Selection selection) {
        List<ParkedEvent> first = new ArrayList<>(1);
        boolean any = deadLetters.store().contains(parked -> {
            if (!selection.matches(parked)) {
                return false;
            }
            if (first.isEmpty()) {
                first.add(parked);
            }
            return deadLetters.canRedrive(parked);
        });
        if (any || first.isEmpty()) {
            return Optional.empty();
        }
        ParkedEvent parked = first.get(0);
        return Optional.of(Answer.refusal(
                409,
                "Trigger " + parked.trigger() + " (UID " + parked.triggerUid() + ") is not there any more, and its dead"
                        + " letters are for no other",
                "discard them, or send their events to the Broker as new ones"));
    }

    private Answer dryRun(Selection selection) {
        return new Answer(
                200,
                new JsonObject()
                        .put("dryRun", true)
                        .put("selected", deadLetters.store().count(selection))
                        .toBuffer());
    }

    private void redrives(HttpServerRequest request) {
        JsonAnswer.send(request, 200, DeadLetterJson.redrives(deadLetters.redrives()));
    }

    private void redrive(HttpServerRequest request, String id) {
        boolean stop = request.method().equals(HttpMethod.DELETE);
        if (!stop && !request.method().equals(HttpMethod.GET)) {
            request.response().putHeader("Allow", "GET, DELETE");
            JsonAnswer.refuse(request, 405, request.method() + " is not taken here", "use GET, or DELETE to stop it");
            return;
        }
        Optional<Redrive> redrive = deadLetters.redrive(id);
        if (redrive.isEmpty()) {
            JsonAnswer.refuse(
                    request,
                    404,
                    "there is no redrive \"" + id + "\"",
                    "see " + PATH + "/redrives for those that run, or were over not long ago");
            return;
        }
        if (stop) {
            redrive.get().stop();
        }
        JsonAnswer.send(request, 200, DeadLetterJson.progress(redrive.get().progress()));
    }

    // ---- throwing away ----------------------------------------------------------------------------------------------

    private Answer discard(JsonObject body) {
        SelectionReader reader = SelectionReader.ofBody(body);
        Selection selection = reader.selection();
        reader.refuseRate();
        if (selection.isEverything() && !reader.isAll()) {
            throw new BadSelection(
                    "nothing is selected, which would discard every dead letter", "select some, or say \"all\": true");
        }
        reader.checkNames(deadLetters);
        if (reader.isDryRun()) {
            return dryRun(selection);
        }
        long selected = deadLetters.store().count(selection);
        long discarded = deadLetters.discard(selection);
        LOG.atInfo().addKeyValue("events", discarded).log("dead letters were discarded");
        return new Answer(
                200,
                new JsonObject()
                        .put("selected", Math.max(selected, discarded))
                        .put("discarded", discarded)
                        .toBuffer());
    }

    // ---- requests and answers ---------------------------------------------------------------------------------------

    private record Answer(int status, Buffer body) {
        static Answer refusal(int status, String error, String remedy) {
            return new Answer(
                    status,
                    new JsonObject().put("error", error).put("remedy", remedy).toBuffer());
        }
    }

    @FunctionalInterface
    private interface Action {
        Answer of(JsonObject body);
    }

    private void body(HttpServerRequest request, Action action) {
        Buffer body = Buffer.buffer();
        request.handler(piece -> {
            if (body.length() + piece.length() > MAX_BODY) {
                request.handler(null);
                request.endHandler(null);
                JsonAnswer.refuse(
                        request,
                        413,
                        "the body is larger than " + MAX_BODY + " bytes",
                        "select by conditions, not by id");
            } else {
                body.appendBuffer(piece);
            }
        });
        request.endHandler(end -> blocking(request, () -> action.of(object(body))));
        request.exceptionHandler(gone -> LOG.atDebug()
                .addKeyValue("error", gone.toString())
                .log("the caller left before its request was there"));
    }

    private static JsonObject object(Buffer body) {
        try {
            return body.length() == 0 ? new JsonObject() : new JsonObject(body);
        } catch (DecodeException e) {
            throw new BadSelection(
                    "the body is no JSON object",
                    "send a selection such as {\"trigger\": \"default/orders\"}; {} selects everything");
        }
    }

    /** Looking through the store takes longer than an event loop has. */
    private void blocking(HttpServerRequest request, Callable<Answer> action) {
        vertx.executeBlocking(action, false).onComplete(result -> {
            if (result.succeeded()) {
                JsonAnswer.send(
                        request, result.result().status(), result.result().body());
            } else if (result.cause() instanceof BadSelection bad) {
                JsonAnswer.refuse(request, 400, String.valueOf(bad.getMessage()), bad.remedy());
            } else if (result.cause() instanceof DeadLetterStore.FrozenException frozen) {
                JsonAnswer.refuse(
                        request,
                        503,
                        String.valueOf(frozen.getMessage()),
                        "ask again after the next start; nothing is lost");
            } else {
                LOG.atError().setCause(result.cause()).log("a request for dead letters failed");
                JsonAnswer.refuse(request, 500, "the request failed", "see the log");
            }
        });
    }
}
