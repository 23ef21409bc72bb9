/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import static java.util.Objects.requireNonNull;

import dev.sluice.testkit.Answer.Manner;
import io.cloudevents.CloudEvent;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.PfxOptions;
import io.vertx.core.net.impl.VertxConnection;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A real HTTP server on a free port of the loopback interface that records every request and answers by script. It is
 * {@link AutoCloseable}, and a JUnit extension: in an instance field it lives for one test, in a static field for the
 * class, {@linkplain #reset() reset} after each test.
 *
 * <pre>{@code
 * @RegisterExtension
 * final RecordingSubscriber subscriber = RecordingSubscriber.start();
 * …
 * subscriber.answerNext(Answer.status(503), Answer.status(503));   // then 200, the default
 * …
 * await().until(() -> subscriber.count() == 3);
 * }</pre>
 *
 * <p>An answer is chosen when a request has arrived whole, from the first of these that has one: the queue of {@link
 * #answerNext}, then what {@link #answerBy} or {@link #answer} set, which is 200 at first. While the subscriber
 * {@linkplain #hold() holds}, chosen answers wait.
 *
 * <p>Bounded: it keeps the newest requests up to {@link #KEPT_REQUESTS}, or {@linkplain #keeping fewer}, and {@link
 * #KEPT_BYTES} of bodies, and {@link #requests()} fails once it had to forget any. {@link #count()} and {@link #onRequest}
 * know all. Safe for any thread.
 */
public final class RecordingSubscriber
        implements AutoCloseable, BeforeAllCallback, AfterAllCallback, AfterEachCallback {

    /** As many requests are kept at most. */
    public static final int KEPT_REQUESTS = 50_000;

    /** As many bytes of bodies are kept at most. */
    public static final long KEPT_BYTES = 128L * 1024 * 1024;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Buffer PIECE = Buffer.buffer(new byte[8192]);

    private final Object lock = new Object();
    private final Vertx vertx;
    private final Optional<SelfSigned> certificate;
    private final HttpServer server;

    // Guarded by lock.
    private final Deque<Received> kept = new ArrayDeque<>();
    private final Deque<Answer> next = new ArrayDeque<>();
    private final Deque<Runnable> held = new ArrayDeque<>();
    private final Map<HttpConnection, Integer> connections = new HashMap<>();
    private Function<Received, Answer> script = RecordingSubscriber::ok;
    private Consumer<Received> listener = request -> {};
    private long keptBytes;
    private long forgotten;
    private long count;
    private long answered;
    private long poured;
    private int connectionsSeen;
    private int inProgress;
    private int mostInProgress;
    private int keeps = KEPT_REQUESTS;
    private boolean holding;
    private boolean closed;
    private boolean sharedByClass;

    private RecordingSubscriber(boolean tls) {
        vertx = Vertx.builder()
                .with(new VertxOptions()
                        .setEventLoopPoolSize(1)
                        .setWorkerPoolSize(1)
                        .setInternalBlockingPoolSize(2)
                        .setFileSystemOptions(new FileSystemOptions()
                                .setFileCachingEnabled(false)
                                .setClassPathResolvingEnabled(false)))
                .build();
        HttpServerOptions options = new HttpServerOptions()
                .setHost("127.0.0.1")
                .setPort(0)
                .setMaxHeaderSize(256 * 1024)
                .setMaxInitialLineLength(64 * 1024)
                .setTcpNoDelay(true);
        certificate = tls ? Optional.of(SelfSigned.create()) : Optional.empty();
        certificate.ifPresent(made -> options.setSsl(true)
                .setUseAlpn(true)
                .setKeyCertOptions(new PfxOptions().setValue(made.keyStore()).setPassword(made.password())));
        server = await(vertx.createHttpServer(options)
                .connectionHandler(this::connected)
                .requestHandler(this::receive)
                .listen());
    }

    /** Starts a subscriber that answers 200 to everything. */
    public static RecordingSubscriber start() {
        return new RecordingSubscriber(false);
    }

    /** As {@link #start()}, behind TLS with a certificate for {@code localhost} that nobody signed but itself. */
    public static RecordingSubscriber startWithSelfSignedCertificate() {
        return new RecordingSubscriber(true);
    }

    /** The address to POST to. */
    public URI uri() {
        return uri("/");
    }

    /** The address with this path. */
    public URI uri(String path) {
        String authority = certificate.isPresent() ? "https://localhost:" : "http://127.0.0.1:";
        return URI.create(authority + server.actualPort() + path);
    }

    /** The certificate that it shows, in PEM, for a peer that should trust it; empty without TLS. */
    public Optional<String> certificatePem() {
        return certificate.map(SelfSigned::pem);
    }

    public int port() {
        return server.actualPort();
    }

    /**
     * Keeps no more than this many requests, 0 or more, from now on: for a test that has so many of them, and times some, that
     * to collect what is kept would take longer than what it times.
     */
    public RecordingSubscriber keeping(int requests) {
        synchronized (lock) {
            keeps = requests;
        }
        return this;
    }

    // ---- script -------------------------------------------------------------------------------------------------

    /** Answers every request like this from now on. */
    public RecordingSubscriber answer(Answer answer) {
        return answerBy(request -> answer);
    }

    /** Answers every request with what this function says. It is called on the subscriber's own thread. */
    public RecordingSubscriber answerBy(Function<Received, Answer> answers) {
        synchronized (lock) {
            script = requireNonNull(answers, "answers");
        }
        return this;
    }

    /** Answers the next requests like this, one each, in this order, before the usual answer applies again. */
    public RecordingSubscriber answerNext(Answer... answers) {
        synchronized (lock) {
            next.addAll(Arrays.asList(answers));
        }
        return this;
    }

    /** Answers the next {@code times} requests with this status. */
    public RecordingSubscriber failNext(int times, int status) {
        synchronized (lock) {
            for (int i = 0; i < times; i++) {
                next.add(Answer.status(status));
            }
        }
        return this;
    }

    /** Keeps every answer back from now on, until {@link #release()}. */
    public RecordingSubscriber hold() {
        synchronized (lock) {
            holding = true;
        }
        return this;
    }

    /** Sends every answer that was kept back, and keeps none back from now on. */
    public void release() {
        List<Runnable> answers;
        synchronized (lock) {
            holding = false;
            answers = new ArrayList<>(held);
            held.clear();
        }
        answers.forEach(Runnable::run);
    }

    /**
     * Sends the answer that was kept back the longest and goes on holding.
     *
     * @throws IllegalStateException if none is kept back
     */
    public void releaseOne() {
        Runnable answer;
        synchronized (lock) {
            answer = held.pollFirst();
        }
        if (answer == null) {
            throw new IllegalStateException("no answer is kept back; wait until heldCount() is above 0");
        }
        answer.run();
    }

    /** Calls this for every request that has arrived whole, on the subscriber's own thread and before the answer. */
    public RecordingSubscriber onRequest(Consumer<Received> consumer) {
        synchronized (lock) {
            listener = requireNonNull(consumer, "consumer");
        }
        return this;
    }

    /** Drops every open connection without a word (FIN). */
    public void dropConnections() {
        List<HttpConnection> open;
        synchronized (lock) {
            open = new ArrayList<>(connections.keySet());
        }
        open.forEach(connection -> await(connection.close()));
    }

    /** Forgets what was recorded and scripted, and sends what was kept back. */
    public void reset() {
        synchronized (lock) {
            next.clear();
            script = RecordingSubscriber::ok;
            listener = request -> {};
        }
        release();
        synchronized (lock) {
            kept.clear();
            keptBytes = 0;
            forgotten = 0;
            count = 0;
            answered = 0;
            poured = 0;
            mostInProgress = inProgress;
        }
    }

    // ---- record -------------------------------------------------------------------------------------------------

    /** The requests that have arrived whole, in order of arrival. */
    public List<Received> requests() {
        synchronized (lock) {
            if (forgotten > 0) {
                throw new IllegalStateException("the first " + forgotten + " of " + count
                        + " requests are forgotten; use onRequest to see each of so many");
            }
            return List.copyOf(kept);
        }
    }

    /**
     * The newest request.
     *
     * @throws IllegalStateException if there is none yet
     */
    public Received last() {
        synchronized (lock) {
            Received newest = kept.peekLast();
            if (newest == null) {
                throw new IllegalStateException("no request has arrived yet; wait until count() is above 0");
            }
            return newest;
        }
    }

    /** The events of all requests; fails if one holds none. */
    public List<CloudEvent> events() {
        return requests().stream().map(Received::requireEvent).toList();
    }

    /** The ids of {@link #events()}, repetitions included. */
    public List<String> ids() {
        return requests().stream().map(Received::eventId).toList();
    }

    /** How many requests have arrived whole. */
    public long count() {
        synchronized (lock) {
            return count;
        }
    }

    /** How many answers have been written whole. */
    public long answeredCount() {
        synchronized (lock) {
            return answered;
        }
    }

    /**
     * How many bytes of {@linkplain Answer#endless endless} bodies the system took: those that were read, and what fills its
     * buffers.
     */
    public long poured() {
        synchronized (lock) {
            return poured;
        }
    }

    /** How many answers are kept back now. */
    public int heldCount() {
        synchronized (lock) {
            return held.size();
        }
    }

    /** How many requests have arrived whole and are not answered, nor is their connection gone. */
    public int inProgress() {
        synchronized (lock) {
            return inProgress;
        }
    }

    /** The largest value that {@link #inProgress()} ever had. */
    public int mostInProgress() {
        synchronized (lock) {
            return mostInProgress;
        }
    }

    /** How many connections are open now. */
    public int connections() {
        synchronized (lock) {
            return connections.size();
        }
    }

    /** How many connections have been opened so far. */
    public int connectionsSeen() {
        synchronized (lock) {
            return connectionsSeen;
        }
    }

    // ---- life ---------------------------------------------------------------------------------------------------

    /** Closes the port and every connection. Idempotent. */
    @Override
    public void close() {
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            held.clear();
        }
        await(vertx.close());
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        sharedByClass = true;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (sharedByClass) {
            reset();
        } else {
            close();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        close();
    }

    // ---- on the event loop --------------------------------------------------------------------------------------

    private void connected(HttpConnection connection) {
        synchronized (lock) {
            connections.put(connection, ++connectionsSeen);
        }
        connection.closeHandler(gone -> {
            synchronized (lock) {
                connections.remove(connection);
            }
        });
    }

    private void receive(HttpServerRequest request) {
        Instant arrivedAt = Instant.now();
        long arrivedNanos = System.nanoTime();
        request.body().onSuccess(body -> {
            Exchange exchange = new Exchange(request);
            Received received = record(request, arrivedAt, arrivedNanos, body);
            Answer answer;
            Consumer<Received> told;
            Function<Received, Answer> usual;
            synchronized (lock) {
                answer = next.pollFirst();
                told = listener;
                usual = script;
            }
            told.accept(received);
            Answer chosen = answer != null ? answer : usual.apply(received);
            synchronized (lock) {
                if (holding) {
                    held.add(() -> vertx.runOnContext(turn -> exchange.begin(chosen)));
                    return;
                }
            }
            exchange.begin(chosen);
        });
    }

    private Received record(HttpServerRequest request, Instant arrivedAt, long arrivedNanos, Buffer body) {
        Optional<CloudEvent> event = Optional.empty();
        Optional<String> problem = Optional.empty();
        try {
            event = Optional.of(WitnessReader.read(request.headers(), body));
        } catch (RuntimeException notAnEvent) {
            problem = Optional.of(notAnEvent.toString());
        }
        synchronized (lock) {
            Received received = new Received(
                    ++count,
                    arrivedAt,
                    arrivedNanos,
                    connections.getOrDefault(request.connection(), 0),
                    request.version().name(),
                    request.method().name(),
                    request.uri(),
                    request.headers(),
                    body,
                    event,
                    problem);
            kept.addLast(received);
            keptBytes += body.length();
            while (kept.size() > keeps || keptBytes > KEPT_BYTES) {
                keptBytes -= kept.removeFirst().body().length();
                forgotten++;
            }
            return received;
        }
    }

    /** One request and its way to an end; confined to the event loop. */
    private final class Exchange {

        private final HttpServerRequest request;
        private final HttpServerResponse response;
        private boolean ended;

        Exchange(HttpServerRequest request) {
            this.request = request;
            response = request.response();
            synchronized (lock) {
                mostInProgress = Math.max(mostInProgress, ++inProgress);
            }
            response.closeHandler(gone -> end(false));
            response.exceptionHandler(gone -> end(false));
        }

        void begin(Answer answer) {
            if (answer.delay().isZero()) {
                send(answer);
            } else {
                vertx.setTimer(answer.delay().toMillis(), timer -> send(answer));
            }
        }

        private void send(Answer answer) {
            if (ended || answer.manner() == Manner.NEVER) {
                return;
            }
            if (answer.manner() == Manner.CLOSE || answer.manner() == Manner.RESET) {
                cut(answer.manner() == Manner.RESET);
                return;
            }
            if (answer.manner() == Manner.RAW) {
                sendRaw(answer.body());
                return;
            }
            response.setStatusCode(answer.status());
            answer.headers().forEach(response::putHeader);
            switch (answer.manner()) {
                case WHOLE -> response.end(answer.body()).onSuccess(written -> end(true));
                case DRIP -> {
                    response.setChunked(true);
                    drip(answer, 0);
                }
                case PIECES -> {
                    response.setChunked(true);
                    response.end(answer.body()).onSuccess(written -> end(true));
                }
                case ENDLESS -> {
                    response.setChunked(true);
                    pour();
                }
                case CLOSE_MIDWAY, RESET_MIDWAY -> {
                    response.putHeader("content-length", "1000");
                    response.write(Buffer.buffer("0123456789"))
                            .onComplete(written -> cut(answer.manner() == Manner.RESET_MIDWAY));
                }
                case NEVER, RESET, CLOSE, RAW -> throw new AssertionError(answer.manner());
            }
        }

        private void drip(Answer answer, int position) {
            if (ended) {
                return;
            }
            if (position == answer.body().length()) {
                response.end().onSuccess(written -> end(true));
                return;
            }
            response.write(answer.body().getBuffer(position, position + 1))
                    .onSuccess(written ->
                            vertx.setTimer(Math.max(1, answer.pause().toMillis()), timer -> drip(answer, position + 1)))
                    .onFailure(gone -> end(false));
        }

        /** A piece per turn of the loop: a closed connection takes writes for ever, so its closing must get a turn. */
        private void pour() {
            if (ended) {
                return;
            }
            response.write(PIECE)
                    .onSuccess(written -> {
                        synchronized (lock) {
                            poured += PIECE.length();
                        }
                        vertx.runOnContext(turn -> pour());
                    })
                    .onFailure(gone -> end(false));
        }

        /** Ends the connection: with RST, or with FIN after what was written. */
        private void cut(boolean reset) {
            if (!(request.connection() instanceof VertxConnection connection)) {
                // A stream of an HTTP/2 connection ends alone.
                response.reset();
                return;
            }
            Channel channel = connection.channelHandlerContext().channel();
            if (reset) {
                channel.config().setOption(ChannelOption.SO_LINGER, 0);
            }
            channel.close().addListener(closed -> end(false));
        }

        /** Past the HTTP encoder, since no encoder would write what must be written here. */
        private void sendRaw(Buffer bytes) {
            Channel channel = ((VertxConnection) request.connection())
                    .channelHandlerContext()
                    .channel();
            channel.pipeline()
                    .firstContext()
                    .writeAndFlush(Unpooled.wrappedBuffer(bytes.getBytes()))
                    .addListener(ChannelFutureListener.CLOSE);
        }

        private void end(boolean written) {
            if (ended) {
                return;
            }
            ended = true;
            synchronized (lock) {
                inProgress--;
                if (written) {
                    answered++;
                }
            }
        }
    }

    private static Answer ok(Received request) {
        return Answer.ok();
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the subscriber failed: " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            throw new IllegalStateException("the subscriber did not get ready within " + PATIENCE, e);
        }
    }
}
