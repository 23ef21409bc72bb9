/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

import dev.sluice.api.source.AdapterHost;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * GitHub's REST API (version 2022-11-28), as far as it is about the webhooks of one repository or organisation. One request
 * at a time; each is answered within {@value #TIMEOUT_SECONDS} seconds or fails, with a {@link GitHubFailure}. Redirects are
 * not followed, since the token would go with them. Belongs to one event loop.
 */
final class GitHubApi {

    private static final String VERSION = "2022-11-28";
    private static final int TIMEOUT_SECONDS = 15;

    /** GitHub's largest page. */
    private static final int PER_PAGE = 100;

    /** A repository can't have more webhooks by far. */
    private static final int MOST_PAGES_OF_HOOKS = 10;

    /** Bytes of an answer; a page of deliveries has some 50,000. */
    private static final int LONGEST_ANSWER = 4 << 20;

    private static final int LONGEST_QUOTE = 300;
    private static final int LONGEST_CURSOR = 500;

    /** What GitHub asks for where a limit is exceeded and nothing is said of the time. */
    private static final Duration LIMITED_WAIT = Duration.ofMinutes(1);

    /** GitHub counts by the hour: who says more is mistaken, and would have us wait for ever. */
    private static final Duration LONGEST_WAIT = Duration.ofHours(2);

    private static final int ACCEPTED = 202;
    private static final int NO_CONTENT = 204;

    private final AdapterHost host;
    private final InstantSource clock;
    private final String hooks;
    private final String token;
    private final List<String> secrets;

    private @Nullable Exchange underway;
    private boolean closed;

    /** One webhook, as GitHub has it. */
    record Hook(long id, boolean active, Set<String> events, String url, String contentType) {
        Hook {
            events = Set.copyOf(events);
        }
    }

    /**
     * One attempt of GitHub to deliver.
     *
     * @param guid of the event; all its attempts have the same
     * @param status of HTTP that was answered, or what GitHub puts in its place
     */
    record Delivery(long id, String guid, Instant at, boolean redelivery, int status, String event) {

        boolean hasArrived() {
            return status >= 200 && status <= 299;
        }
    }

    /**
     * Some deliveries, the latest first.
     *
     * @param next where those before them are found; empty if there are none
     */
    record Page(List<Delivery> deliveries, Optional<String> next) {
        Page {
            deliveries = List.copyOf(deliveries);
        }
    }

    private record Answer(int status, Buffer body, @Nullable String link) {}

    /**
     * @param token for the API
     * @param secrets what no message may have in it, beside the token
     */
    GitHubApi(AdapterHost host, InstantSource clock, GitHubDefinition definition, String token, List<String> secrets) {
        this.host = host;
        this.clock = clock;
        hooks = definition.api() + (definition.isOrganisation() ? "orgs/" : "repos/") + definition.repository()
                + "/hooks";
        this.token = token;
        List<String> hidden = new ArrayList<>(secrets);
        hidden.add(token);
        this.secrets = List.copyOf(hidden);
    }

    /** All webhooks. */
    Future<List<Hook>> hooks() {
        return hooks(1, new ArrayList<>());
    }

    private Future<List<Hook>> hooks(int page, List<Hook> found) {
        return ask(HttpMethod.GET, hooks + "?per_page=" + PER_PAGE + "&page=" + page, null, 200)
                .compose(answer -> {
                    if (!(decoded(answer) instanceof JsonArray array)) {
                        return Future.failedFuture(unexpected(answer));
                    }
                    for (Object element : array) {
                        if (element instanceof JsonObject hook) {
                            found.add(hook(hook));
                        }
                    }
                    boolean more = Links.next(answer.link()).isPresent();
                    return more && page < MOST_PAGES_OF_HOOKS
                            ? hooks(page + 1, found)
                            : Future.succeededFuture(List.copyOf(found));
                });
    }

    Future<Hook> hook(long id) {
        return ask(HttpMethod.GET, hooks + "/" + id, null, 200).compose(this::hookOf);
    }

    /** The id of the new one. */
    Future<Long> create(HookPlan plan) {
        return ask(HttpMethod.POST, hooks, body(plan).put("name", "web"), 201)
                .compose(this::hookOf)
                .map(Hook::id);
    }

    /** The id of the one that was changed. */
    Future<Long> update(long id, HookPlan plan) {
        return ask(HttpMethod.PATCH, hooks + "/" + id, body(plan), 200).map(answer -> id);
    }

    Future<Void> delete(long id) {
        return ask(HttpMethod.DELETE, hooks + "/" + id, null, NO_CONTENT).mapEmpty();
    }

    /** @param from as a page before said; null for the latest */
    Future<Page> deliveries(long hook, @Nullable String from) {
        String url = hooks + "/" + hook + "/deliveries?per_page=" + PER_PAGE + (from == null ? "" : "&cursor=" + from);
        return ask(HttpMethod.GET, url, null, 200).compose(answer -> {
            if (!(decoded(answer) instanceof JsonArray array)) {
                return Future.failedFuture(unexpected(answer));
            }
            List<Delivery> deliveries = new ArrayList<>();
            for (Object element : array) {
                Delivery delivery = element instanceof JsonObject object ? delivery(object) : null;
                if (delivery != null) {
                    deliveries.add(delivery);
                }
            }
            return Future.succeededFuture(
                    new Page(deliveries, Links.next(answer.link()).flatMap(next -> Links.parameter(next, "cursor"))));
        });
    }

    /** Has GitHub deliver once more; completes when it has said that it will. */
    Future<Void> redeliver(long hook, long delivery) {
        return ask(HttpMethod.POST, hooks + "/" + hook + "/deliveries/" + delivery + "/attempts", null, ACCEPTED)
                .mapEmpty();
    }

    /** Breaks off what is under way, and begins nothing more. */
    void close() {
        closed = true;
        Exchange open = underway;
        if (open != null) {
            open.giveUp(closed());
        }
    }

    private static JsonObject body(HookPlan plan) {
        return new JsonObject()
                .put("active", true)
                .put("events", new JsonArray(plan.events().stream().sorted().toList()))
                .put(
                        "config",
                        new JsonObject()
                                .put("url", plan.url().toString())
                                .put("content_type", HookPlan.CONTENT_TYPE)
                                .put("insecure_ssl", "0")
                                .put("secret", plan.secret()));
    }

    // ---- one request
    // --------------------------------------------------------------------------------------------------------

    private Future<Answer> ask(HttpMethod method, String url, @Nullable JsonObject body, int good) {
        if (closed) {
            return Future.failedFuture(closed());
        }
        RequestOptions options;
        try {
            options = new RequestOptions()
                    .setMethod(method)
                    .setAbsoluteURI(url)
                    .setFollowRedirects(false)
                    .setConnectTimeout(TimeUnit.SECONDS.toMillis(TIMEOUT_SECONDS))
                    .putHeader(HttpHeaders.ACCEPT, "application/vnd.github+json")
                    .putHeader("X-GitHub-Api-Version", VERSION)
                    .putHeader(HttpHeaders.USER_AGENT, "sluice")
                    .putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + token);
        } catch (RuntimeException e) {
            return Future.failedFuture(
                    GitHubFailure.of(GitHubFailure.Kind.UNEXPECTED, "spec.githubAPIURL is no URL that can be asked"));
        }
        Exchange exchange = new Exchange();
        underway = exchange;
        return exchange.begin(options, body).transform(done -> {
            underway = null;
            if (done.failed()) {
                exchange.giveUp(done.cause());
                return Future.failedFuture(failure(done.cause()));
            }
            return done.result().status() == good
                    ? Future.succeededFuture(done.result())
                    : Future.failedFuture(unexpected(done.result()));
        });
    }

    /** One request and its answer. */
    private final class Exchange {

        private final Promise<Answer> outcome = Promise.promise();
        private @Nullable HttpClientRequest request;

        Future<Answer> begin(RequestOptions options, @Nullable JsonObject body) {
            host.request(options)
                    .compose(opened -> send(opened, body))
                    .compose(GitHubApi.this::read)
                    .onSuccess(outcome::tryComplete)
                    .onFailure(outcome::tryFail);
            return outcome.future().timeout(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        }

        private Future<HttpClientResponse> send(HttpClientRequest opened, @Nullable JsonObject body) {
            if (outcome.future().isComplete()) {
                opened.reset();
                return Future.failedFuture(closed());
            }
            request = opened;
            return body == null
                    ? opened.send()
                    : opened.putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                            .send(body.toBuffer());
        }

        /** A connection on which an answer is outstanding is fit for no other request. */
        void giveUp(Throwable why) {
            outcome.tryFail(why);
            HttpClientRequest open = request;
            if (open != null) {
                open.reset();
            }
        }
    }

    private GitHubFailure failure(Throwable cause) {
        if (cause instanceof GitHubFailure known) {
            return known;
        }
        return GitHubFailure.of(
                GitHubFailure.Kind.UNAVAILABLE,
                cause instanceof TimeoutException
                        ? "GitHub did not answer within " + TIMEOUT_SECONDS + " seconds"
                        : "GitHub can't be reached: " + quoted(String.valueOf(cause.getMessage())));
    }

    private GitHubFailure unexpected(Answer answer) {
        return GitHubFailure.of(
                GitHubFailure.Kind.UNEXPECTED, words(answer) + ", which is no answer of GitHub's REST API");
    }

    private static GitHubFailure closed() {
        return GitHubFailure.of(GitHubFailure.Kind.CLOSED, "the source has ended");
    }

    private Future<Answer> read(HttpClientResponse response) {
        Buffer body = Buffer.buffer();
        response.handler(piece -> {
            if (body.length() + piece.length() > LONGEST_ANSWER) {
                response.request().reset();
            } else {
                body.appendBuffer(piece);
            }
        });
        int status = response.statusCode();
        String link = response.getHeader("link");
        return response.end().compose(read -> {
            Answer answer = new Answer(status, body, link);
            return status < 300 ? Future.succeededFuture(answer) : Future.failedFuture(refusal(answer, response));
        });
    }

    private GitHubFailure refusal(Answer answer, HttpClientResponse response) {
        int status = answer.status();
        String words = words(answer);
        if (status == 429 || (status == 403 && isLimit(response, words))) {
            return GitHubFailure.limited(words, waitMillis(response));
        }
        if (status >= 500) {
            return GitHubFailure.of(GitHubFailure.Kind.UNAVAILABLE, words);
        }
        return GitHubFailure.of(
                switch (status) {
                    case 401 -> GitHubFailure.Kind.UNAUTHORIZED;
                    case 403 -> GitHubFailure.Kind.FORBIDDEN;
                    case 404, 410 -> GitHubFailure.Kind.NOT_FOUND;
                    case 301, 302, 307, 308 -> GitHubFailure.Kind.MOVED;
                    case 400, 422 ->
                        words.contains("already exists") ? GitHubFailure.Kind.EXISTS : GitHubFailure.Kind.INVALID;
                    default -> GitHubFailure.Kind.UNEXPECTED;
                },
                words);
    }

    private static boolean isLimit(HttpClientResponse response, String words) {
        return response.getHeader(HttpHeaders.RETRY_AFTER) != null
                || "0".equals(response.getHeader("x-ratelimit-remaining"))
                || words.contains("rate limit");
    }

    /** As GitHub's documentation says what to make of its headers. */
    private long waitMillis(HttpClientResponse response) {
        Long seconds = number(response.getHeader(HttpHeaders.RETRY_AFTER));
        Long reset = number(response.getHeader("x-ratelimit-reset"));
        long millis = LIMITED_WAIT.toMillis();
        if (seconds != null) {
            millis = TimeUnit.SECONDS.toMillis(seconds);
        } else if (reset != null && "0".equals(response.getHeader("x-ratelimit-remaining"))) {
            millis = TimeUnit.SECONDS.toMillis(reset) - clock.millis();
        }
        return Math.max(0, Math.min(millis, LONGEST_WAIT.toMillis()));
    }

    private static @Nullable Long number(@Nullable String text) {
        if (text == null
                || text.isEmpty()
                || text.length() > 12
                || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return null;
        }
        return Long.valueOf(text);
    }

    // ---- what an answer says
    // ------------------------------------------------------------------------------------------------

    /** The status and the reasons that GitHub gives. */
    private String words(Answer answer) {
        StringBuilder words = new StringBuilder("GitHub answered ").append(answer.status());
        if (decoded(answer) instanceof JsonObject object) {
            String separator = ": ";
            if (object.getValue("message") instanceof String message) {
                words.append(separator).append(message);
                separator = "; ";
            }
            if (object.getValue("errors") instanceof JsonArray errors) {
                for (Object error : errors) {
                    Object text = error instanceof JsonObject one ? one.getValue("message") : error;
                    if (text instanceof String reason) {
                        words.append(separator).append(reason);
                        separator = "; ";
                    }
                }
            }
        }
        return quoted(words.toString());
    }

    /** Short, printable, and without what nobody may see: who knows what an answer repeats. */
    private String quoted(String text) {
        String open = text;
        for (String secret : secrets) {
            open = open.replace(secret, "[hidden]");
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < open.length() && i < LONGEST_QUOTE; i++) {
            char c = open.charAt(i);
            out.append(Character.isISOControl(c) ? ' ' : c);
        }
        return out.toString();
    }

    private static @Nullable Object decoded(Answer answer) {
        try {
            return Json.decodeValue(answer.body().toString(StandardCharsets.UTF_8));
        } catch (DecodeException e) {
            return null;
        }
    }

    private Future<Hook> hookOf(Answer answer) {
        Hook hook = decoded(answer) instanceof JsonObject json ? hook(json) : null;
        return hook == null || hook.id() == 0 ? Future.failedFuture(unexpected(answer)) : Future.succeededFuture(hook);
    }

    private static Hook hook(JsonObject json) {
        Set<String> events = new HashSet<>();
        if (json.getValue("events") instanceof JsonArray array) {
            array.forEach(event -> events.add(String.valueOf(event)));
        }
        JsonObject config = json.getValue("config") instanceof JsonObject object ? object : new JsonObject();
        return new Hook(
                json.getValue("id") instanceof Number id ? id.longValue() : 0,
                Boolean.TRUE.equals(json.getValue("active")),
                events,
                text(config, "url"),
                text(config, "content_type"));
    }

    /** Null if it is none. */
    private static @Nullable Delivery delivery(JsonObject json) {
        try {
            return json.getValue("id") instanceof Number id && json.getValue("guid") instanceof String guid
                    ? new Delivery(
                            id.longValue(),
                            guid,
                            Instant.parse(text(json, "delivered_at")),
                            Boolean.TRUE.equals(json.getValue("redelivery")),
                            json.getValue("status_code") instanceof Number status ? status.intValue() : 0,
                            text(json, "event"))
                    : null;
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    private static String text(JsonObject json, String name) {
        return json.getValue(name) instanceof String text ? text : "";
    }

    /** The header {@code Link} (RFC 8288), of which only parameters are taken: the token goes where the resource says. */
    static final class Links {

        private Links() {}

        /** The query of the link to the next page. */
        static Optional<String> next(@Nullable String header) {
            int begin = header == null ? -1 : header.indexOf('<');
            while (header != null && begin >= 0) {
                int end = header.indexOf('>', begin);
                if (end < 0) {
                    break;
                }
                int following = header.indexOf('<', end);
                String parameters = header.substring(end + 1, following < 0 ? header.length() : following);
                if (parameters.contains("rel=\"next\"") || parameters.contains("rel=next")) {
                    String url = header.substring(begin + 1, end);
                    return Optional.of(url.substring(url.indexOf('?') + 1));
                }
                begin = following;
            }
            return Optional.empty();
        }

        /** As it stands there, encoded; empty if it is not there or nothing that a query may have. */
        static Optional<String> parameter(String query, String name) {
            for (String pair : query.split("&")) {
                if (pair.startsWith(name + "=")) {
                    String value = pair.substring(name.length() + 1);
                    return !value.isEmpty() && value.length() <= LONGEST_CURSOR && isEncoded(value)
                            ? Optional.of(value)
                            : Optional.empty();
                }
            }
            return Optional.empty();
        }

        private static boolean isEncoded(String value) {
            return value.chars().allMatch(c -> c < 0x80 && (Character.isLetterOrDigit(c) || "%-._~=+".indexOf(c) >= 0));
        }
    }
}
