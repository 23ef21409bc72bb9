/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * GitHub, as far as webhooks go: its REST API for those of one repository and of its organisation, and the deliveries to
 * them, signed, recorded and repeated on demand. It answers as GitHub's documentation of the version 2022-11-28 says, errors
 * included. Safe for any thread.
 */
public final class GitHubStandIn implements AutoCloseable {

    public static final String ORGANISATION = "tea-house";
    public static final String REPOSITORY = ORGANISATION + "/kettle";

    /** May do everything that is asked here. */
    public static final String TOKEN = "ghp_of-the-stand-in";

    /** May see the repository, and not its webhooks. */
    public static final String WEAK_TOKEN = "ghp_weak";

    /** GitHub's own, after which it calls an attempt failed. */
    private static final Duration DELIVERY_TIMEOUT = Duration.ofSeconds(10);

    private static final int DEFAULT_PAGE = 30;
    private static final int LARGEST_PAGE = 100;
    private static final int MOST_HOOKS = 250;

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client;
    private final int port;

    // All guarded by this.
    private final Map<Long, Hook> hooks = new TreeMap<>();
    /** The latest first. */
    private final Deque<Attempt> attempts = new ArrayDeque<>();

    private final List<Call> calls = new ArrayList<>();
    private final List<Scripted> next = new ArrayList<>();
    private Runnable beforeCreation = () -> {};
    private long ids = 1000;

    /** A request to the API, and what it was answered. */
    public record Call(String method, String path, int status, long nanos) {
        @Override
        public String toString() {
            return method + " " + path + " " + status;
        }
    }

    /**
     * A webhook.
     *
     * @param owner the repository or the organisation
     */
    public record Hook(
            long id, String owner, boolean active, List<String> events, String url, String contentType, String secret) {
        public Hook {
            events = List.copyOf(events);
        }
    }

    /** One attempt to deliver. */
    public record Attempt(
            long id,
            long hook,
            String guid,
            Instant at,
            boolean redelivery,
            int status,
            String event,
            String payload) {}

    private record Scripted(String method, Answer answer) {}

    private GitHubStandIn() {
        client = vertx.createHttpClient(new HttpClientOptions().setKeepAlive(false));
        port = Waiting.on(vertx.createHttpServer().requestHandler(this::receive).listen(0, "127.0.0.1"))
                .actualPort();
    }

    public static GitHubStandIn start() {
        return new GitHubStandIn();
    }

    @Override
    public void close() {
        Waiting.on(vertx.close());
    }

    /** For {@code githubAPIURL}. */
    public URI api() {
        return URI.create("http://127.0.0.1:" + port + "/api/v3/");
    }

    // ---- what a test sees and does
    // ------------------------------------------------------------------------------------------

    public synchronized List<Hook> hooks() {
        return List.copyOf(hooks.values());
    }

    /** Requests to the API in the order in which they were answered. */
    public synchronized List<Call> calls() {
        return List.copyOf(calls);
    }

    /** Of one event, the first one first. */
    public synchronized List<Attempt> attempts(String guid) {
        List<Attempt> found = new ArrayList<>();
        attempts.forEach(attempt -> {
            if (attempt.guid().equals(guid)) {
                found.add(0, attempt);
            }
        });
        return found;
    }

    /** Answers the next request to the API like this, whatever it asks for. Of an answer only what stands in it counts. */
    public void answerNext(Answer answer) {
        answerNext("", answer);
    }

    /** The same for the next request of this method. */
    public synchronized void answerNext(String method, Answer answer) {
        next.add(new Scripted(method, answer));
    }

    private synchronized @Nullable Answer scripted(HttpMethod method) {
        for (Scripted one : next) {
            if (one.method().isEmpty() || one.method().equals(method.name())) {
                next.remove(one);
                return one.answer();
            }
        }
        return null;
    }

    /** Runs when somebody asks for a new webhook, before that is looked at. */
    public synchronized void beforeCreation(Runnable action) {
        beforeCreation = action;
    }

    /** As somebody does on GitHub's pages. */
    public synchronized Hook createByHand(String owner, String url, boolean active, String... events) {
        Hook hook = new Hook(++ids, owner, active, List.of(events), url, "form", "another");
        hooks.put(hook.id(), hook);
        return hook;
    }

    public synchronized void deleteByHand(long hook) {
        hooks.remove(hook);
    }

    /** Puts an attempt into the history, without making it. */
    public synchronized void remember(
            long hook, String guid, Duration ago, boolean redelivery, int status, String event) {
        attempts.addFirst(new Attempt(++ids, hook, guid, Instant.now().minus(ago), redelivery, status, event, "{}"));
    }

    /** Something happens: every webhook that wants it is called. Answers the guid once the outcome of each is recorded. */
    public String happen(String event, String payload) {
        String guid = UUID.randomUUID().toString();
        List<Future<Void>> sent = new ArrayList<>();
        for (Hook hook : hooks()) {
            if (hook.active() && (hook.events().contains(event) || hook.events().contains("*"))) {
                sent.add(deliver(hook, guid, false, event, payload));
            }
        }
        Waiting.on(Future.join(sent).otherwiseEmpty());
        return guid;
    }

    private Future<Void> deliver(Hook hook, String guid, boolean redelivery, String event, String payload) {
        byte[] body = payload.getBytes(UTF_8);
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setAbsoluteURI(hook.url())
                .putHeader("content-type", "application/json")
                .putHeader("user-agent", "GitHub-Hookshot/1")
                .putHeader("x-github-event", event)
                .putHeader("x-github-delivery", guid)
                .putHeader("x-github-hook-id", Long.toString(hook.id()))
                .putHeader("x-hub-signature-256", "sha256=" + hmac(hook.secret(), body));
        return client.request(options)
                .compose(request -> request.send(Buffer.buffer(body)))
                .compose(response -> response.body().map(response.statusCode()))
                .timeout(DELIVERY_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                // What GitHub puts there if nobody answers.
                .otherwise(502)
                .map(status -> {
                    synchronized (this) {
                        attempts.addFirst(
                                new Attempt(++ids, hook.id(), guid, Instant.now(), redelivery, status, event, payload));
                    }
                    return null;
                });
    }

    private static String hmac(String secret, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    // ---- the API
    // ------------------------------------------------------------------------------------------------------------

    private record Reply(
            int status, @Nullable Object json, @Nullable String link) {

        static Reply of(int status, @Nullable Object json) {
            return new Reply(status, json, null);
        }

        static Reply error(int status, String message) {
            return of(
                    status,
                    new JsonObject()
                            .put("message", message)
                            .put("documentation_url", "https://docs.github.com/rest")
                            .put("status", Integer.toString(status)));
        }

        static Reply invalid(String message) {
            return of(
                    422,
                    new JsonObject()
                            .put("message", "Validation Failed")
                            .put(
                                    "errors",
                                    new JsonArray()
                                            .add(new JsonObject()
                                                    .put("resource", "Hook")
                                                    .put("code", "custom")
                                                    .put("message", message))));
        }
    }

    private void receive(HttpServerRequest request) {
        request.body().onSuccess(body -> {
            Answer told = scripted(request.method());
            if (told != null) {
                record(request, told.status());
                told.headers().forEach(request.response()::putHeader);
                request.response().setStatusCode(told.status()).end(told.body());
                return;
            }
            Reply reply = answer(request, body);
            record(request, reply.status());
            request.response()
                    .setStatusCode(reply.status())
                    .putHeader("x-ratelimit-limit", "5000")
                    .putHeader("x-ratelimit-remaining", "4990")
                    .putHeader("x-ratelimit-reset", Long.toString(Instant.now().getEpochSecond() + 3600));
            if (reply.link() != null) {
                request.response().putHeader("link", reply.link());
            }
            Object json = reply.json();
            if (json == null) {
                request.response().end();
            } else {
                request.response()
                        .putHeader("content-type", "application/json; charset=utf-8")
                        .end(json instanceof JsonArray array ? array.toBuffer() : ((JsonObject) json).toBuffer());
            }
        });
    }

    private synchronized void record(HttpServerRequest request, int status) {
        calls.add(new Call(request.method().name(), path(request), status, System.nanoTime()));
    }

    private static String path(HttpServerRequest request) {
        return request.path().startsWith("/api/v3/") ? request.path().substring("/api/v3".length()) : request.path();
    }

    private Reply answer(HttpServerRequest request, Buffer body) {
        if (request.getHeader("user-agent") == null) {
            return Reply.error(
                    403,
                    "Request forbidden by administrative rules. Please make sure your request has a"
                            + " User-Agent header");
        }
        String authorization = request.getHeader("authorization");
        boolean strong = ("Bearer " + TOKEN).equals(authorization);
        if (!strong && !("Bearer " + WEAK_TOKEN).equals(authorization)) {
            return Reply.error(401, "Bad credentials");
        }
        String[] steps = path(request).substring(1).split("/");
        boolean organisation = steps[0].equals("orgs");
        int own = organisation ? 2 : 3;
        if ((!organisation && !steps[0].equals("repos")) || steps.length <= own || !steps[own].equals("hooks")) {
            return Reply.error(404, "Not Found");
        }
        String owner = String.join("/", List.of(steps).subList(1, own));
        if (!owner.toLowerCase(Locale.ROOT).equals(organisation ? ORGANISATION : REPOSITORY)) {
            return Reply.error(404, "Not Found");
        }
        if (!strong) {
            return Reply.error(403, "Resource not accessible by personal access token");
        }
        return answer(
                request, body, owner.toLowerCase(Locale.ROOT), List.of(steps).subList(own + 1, steps.length));
    }

    /** @param rest of the path, behind {@code hooks} */
    private Reply answer(HttpServerRequest request, Buffer body, String owner, List<String> rest) {
        String method = request.method().name();
        if (rest.isEmpty()) {
            return switch (method) {
                case "GET" -> list(request, owner);
                case "POST" -> create(owner, body);
                default -> Reply.error(404, "Not Found");
            };
        }
        Hook hook;
        synchronized (this) {
            hook = hooks.get(Long.parseLong(rest.get(0)));
        }
        if (hook == null || !hook.owner().equals(owner)) {
            return Reply.error(404, "Not Found");
        }
        if (rest.size() == 1) {
            return switch (method) {
                case "GET" -> Reply.of(200, json(hook));
                case "PATCH" -> change(hook, body);
                case "DELETE" -> {
                    deleteByHand(hook.id());
                    yield Reply.of(204, null);
                }
                default -> Reply.error(404, "Not Found");
            };
        }
        if (rest.size() == 2 && rest.get(1).equals("deliveries") && method.equals("GET")) {
            return deliveries(request, hook);
        }
        if (rest.size() == 4 && rest.get(3).equals("attempts") && method.equals("POST")) {
            return redeliver(hook, Long.parseLong(rest.get(2)));
        }
        return Reply.error(404, "Not Found");
    }

    private static int number(@Nullable String text, int otherwise) {
        return text == null ? otherwise : Integer.parseInt(text);
    }

    private Reply list(HttpServerRequest request, String owner) {
        int perPage = Math.min(LARGEST_PAGE, number(request.getParam("per_page"), DEFAULT_PAGE));
        int page = number(request.getParam("page"), 1);
        List<Hook> own =
                hooks().stream().filter(hook -> hook.owner().equals(owner)).toList();
        JsonArray shown = new JsonArray();
        own.stream().skip((long) (page - 1) * perPage).limit(perPage).forEach(hook -> shown.add(json(hook)));
        int pages = Math.max(1, (own.size() + perPage - 1) / perPage);
        String link = page >= pages
                ? null
                : "<" + request.absoluteURI().split("\\?")[0] + "?per_page=" + perPage + "&page=" + (page + 1)
                        + ">; rel=\"next\", <" + request.absoluteURI().split("\\?")[0] + "?per_page=" + perPage
                        + "&page="
                        + pages + ">; rel=\"last\"";
        return new Reply(200, shown, link);
    }

    private Reply create(String owner, Buffer body) {
        Runnable first;
        synchronized (this) {
            first = beforeCreation;
            beforeCreation = () -> {};
        }
        first.run();
        Object read = read(body, new Hook(0, owner, true, List.of("push"), "", "form", ""));
        if (read instanceof Reply reply) {
            return reply;
        }
        Hook wanted = (Hook) read;
        synchronized (this) {
            if (hooks.values().stream()
                    .anyMatch(is -> is.owner().equals(owner) && is.url().equals(wanted.url()))) {
                return Reply.invalid(
                        "Hook already exists on this " + (owner.contains("/") ? "repository" : "organization"));
            }
            if (hooks.size() >= MOST_HOOKS) {
                return Reply.invalid("The \"push\" event cannot have more than 20 hooks");
            }
            Hook made = new Hook(
                    ++ids,
                    owner,
                    wanted.active(),
                    wanted.events(),
                    wanted.url(),
                    wanted.contentType(),
                    wanted.secret());
            hooks.put(made.id(), made);
            return Reply.of(201, json(made));
        }
    }

    private Reply change(Hook hook, Buffer body) {
        Object read = read(body, hook);
        if (read instanceof Reply reply) {
            return reply;
        }
        Hook changed = (Hook) read;
        synchronized (this) {
            hooks.put(changed.id(), changed);
        }
        return Reply.of(200, json(changed));
    }

    /** The webhook as the body changes it, or a refusal. */
    private static Object read(Buffer body, Hook before) {
        JsonObject json;
        try {
            json = new JsonObject(body);
        } catch (DecodeException e) {
            return Reply.error(400, "Problems parsing JSON");
        }
        JsonObject config = json.getJsonObject("config", new JsonObject());
        String url = config.getString("url", before.url());
        if (!url.startsWith("http://") && !url.startsWith("https://")) {
            return Reply.invalid("Url is not supported because it isn't reachable over the public Internet");
        }
        List<String> events = new ArrayList<>();
        json.getJsonArray("events", new JsonArray(before.events())).forEach(event -> events.add(event.toString()));
        if (events.isEmpty() || events.contains("no_such_event")) {
            return Reply.invalid("Events are invalid");
        }
        return new Hook(
                before.id(),
                before.owner(),
                json.getBoolean("active", before.active()),
                events,
                url,
                config.getString("content_type", before.contentType()),
                config.getString("secret", before.secret()));
    }

    private static JsonObject json(Hook hook) {
        return new JsonObject()
                .put("type", hook.owner().contains("/") ? "Repository" : "Organization")
                .put("id", hook.id())
                .put("name", "web")
                .put("active", hook.active())
                .put("events", new JsonArray(hook.events()))
                .put(
                        "config",
                        new JsonObject()
                                .put("content_type", hook.contentType())
                                .put("insecure_ssl", "0")
                                .put("secret", "********")
                                .put("url", hook.url()))
                .put("last_response", new JsonObject().putNull("code").put("status", "unused"));
    }

    private synchronized Reply deliveries(HttpServerRequest request, Hook hook) {
        int perPage = Math.min(LARGEST_PAGE, number(request.getParam("per_page"), DEFAULT_PAGE));
        String cursor = request.getParam("cursor");
        long from = cursor == null ? Long.MAX_VALUE : Long.parseLong(cursor.substring("v1_".length()));
        List<Attempt> own = attempts.stream()
                .filter(attempt -> attempt.hook() == hook.id() && attempt.id() <= from)
                .toList();
        JsonArray shown = new JsonArray();
        own.stream().limit(perPage).forEach(attempt -> shown.add(json(attempt)));
        String link = own.size() <= perPage
                ? null
                : "<" + request.absoluteURI().split("\\?")[0] + "?per_page=" + perPage + "&cursor=v1_"
                        + own.get(perPage).id() + ">; rel=\"next\"";
        return new Reply(200, shown, link);
    }

    private static JsonObject json(Attempt attempt) {
        return new JsonObject()
                .put("id", attempt.id())
                .put("guid", attempt.guid())
                .put("delivered_at", attempt.at().toString())
                .put("redelivery", attempt.redelivery())
                .put("duration", 0.12)
                .put("status", attempt.status() < 300 ? "OK" : "Invalid HTTP Response: " + attempt.status())
                .put("status_code", attempt.status())
                .put("event", attempt.event())
                .putNull("action")
                .putNull("installation_id")
                .put("repository_id", 17);
    }

    private Reply redeliver(Hook hook, long id) {
        Attempt found;
        synchronized (this) {
            found = attempts.stream()
                    .filter(attempt -> attempt.id() == id && attempt.hook() == hook.id())
                    .findFirst()
                    .orElse(null);
        }
        if (found == null) {
            return Reply.error(404, "Not Found");
        }
        if (found.at().isBefore(Instant.now().minus(Duration.ofDays(3)))) {
            return Reply.error(422, "Delivery is too old to be redelivered");
        }
        // GitHub says that it will, and does so a little later.
        vertx.runOnContext(later -> deliver(hook, found.guid(), true, found.event(), found.payload()));
        return Reply.of(202, new JsonObject());
    }
}
