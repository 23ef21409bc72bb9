/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import dev.sluice.server.display.DisplayHandler;
import dev.sluice.server.display.EventPrinter;
import dev.sluice.server.http.Listening;
import dev.sluice.server.http.Reactor;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code sluice display}: a subscriber that prints each event it receives, until it is stopped. */
public final class DisplayCommand implements Command {

    /** Larger than any event that a Broker takes in. */
    private static final long MAX_BODY_BYTES = 128L * 1024 * 1024;

    private static final int PORT = 8888;

    private static final Duration LISTEN_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    @Override
    public String name() {
        return "display";
    }

    @Override
    public String summary() {
        return "Runs a subscriber that shows each event it receives.";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.addOption(OptionSpec.builder("--port")
                .type(int.class)
                .paramLabel("PORT")
                .description("Where to listen; 0 picks a free port. Default: " + PORT)
                .build());
        spec.addOption(Words.text("--host", "HOST", "The address to listen on. Default: 127.0.0.1"));
        spec.addOption(Words.flag("--json", "One JSON object a line instead."));
    }

    @Override
    public int run(ParseResult arguments, Console console) throws CommandFailure {
        int port = arguments.matchedOptionValue("--port", PORT);
        String host = arguments.matchedOptionValue("--host", "127.0.0.1");
        boolean json = arguments.matchedOptionValue("--json", false);
        if (port < 0 || port > 65_535) {
            throw CommandFailure.usage("--port=" + port + " is not a port from 0 to 65535");
        }
        var style = json ? EventPrinter.Style.JSON_LINES : EventPrinter.Style.READABLE;
        var printer = new EventPrinter(console.out(), style, Clock.systemUTC());
        var stopped = new CountDownLatch(1);
        console.stop().handle(signal -> stopped.countDown());

        Vertx vertx = Reactor.small();
        try {
            HttpServer server = vertx.createHttpServer(Reactor.listener(host, port))
                    .requestHandler(new DisplayHandler(vertx, printer, MAX_BODY_BYTES));
            HttpServer listening = await(server, host, port);
            console.err().println("display is ready on " + Listening.url(host, listening.actualPort()));
            stopped.await();
            return ExitStatus.OK;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitStatus.FAILED;
        } finally {
            close(vertx, console);
        }
    }

    private static HttpServer await(HttpServer server, String host, int port)
            throws CommandFailure, InterruptedException {
        try {
            return Reactor.await(server.listen(), LISTEN_TIMEOUT);
        } catch (ExecutionException e) {
            throw CommandFailure.failed(Listening.problem("", host, port, e.getCause()));
        } catch (TimeoutException e) {
            throw CommandFailure.failed(
                    "could not listen on " + host + ":" + port + " within " + LISTEN_TIMEOUT.toSeconds() + " s");
        }
    }

    private static void close(Vertx vertx, Console console) {
        try {
            Reactor.await(vertx.close(), CLOSE_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            console.err().println("sluice display: did not close in order: " + e);
        }
    }
}
