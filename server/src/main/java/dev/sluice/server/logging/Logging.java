/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Layout;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import dev.sluice.server.config.LogFormat;
import dev.sluice.server.config.LogLevel;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sets the log up in code: reading a configuration file would cost a tenth of the time that a start takes. */
public final class Logging {

    /** Starting, ready, stopping, stopped: what a person or a supervisor waits for, whatever the log level. */
    private static final String LIFE_CYCLE = "dev.sluice.life";

    private static final String KAFKA = "org.apache.kafka";
    private static final String INFORMERS = "io.fabric8.kubernetes.client.informers";

    private Logging() {}

    /** The logger of the few lines that are written at every log level. */
    public static Logger lifeCycle() {
        return LoggerFactory.getLogger(LIFE_CYCLE);
    }

    /** Writes log lines to {@code out} from now on. */
    public static void configure(LogLevel level, LogFormat format, OutputStream out) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();

        Layout<ILoggingEvent> layout = switch (format) {
            case TEXT -> new TextLayout();
            case JSON -> new JsonLayout();
        };
        layout.setContext(context);
        layout.start();

        var encoder = new LayoutWrappingEncoder<ILoggingEvent>();
        encoder.setContext(context);
        encoder.setCharset(StandardCharsets.UTF_8);
        encoder.setLayout(layout);
        encoder.start();

        var appender = new OutputStreamAppender<ILoggingEvent>();
        appender.setContext(context);
        appender.setName("stderr");
        appender.setEncoder(encoder);
        appender.setOutputStream(new KeptOpen(out));
        appender.start();

        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        // The level is about what Sluice does; its libraries' debugging would drown that.
        root.setLevel(level.compareTo(LogLevel.INFO) > 0 ? Level.INFO : Level.toLevel(level.name()));
        root.addAppender(appender);
        // It tells dozens of lines about each client, with every setting; what goes wrong we say ourselves.
        context.getLogger(KAFKA).setLevel(level.compareTo(LogLevel.INFO) > 0 ? Level.INFO : Level.ERROR);
        // It tells with its whole stack of each attempt of a watch that may not be, every few seconds; we say it once.
        context.getLogger(INFORMERS).setLevel(level.compareTo(LogLevel.INFO) > 0 ? Level.INFO : Level.ERROR);
        context.getLogger("dev.sluice").setLevel(Level.toLevel(level.name()));
        context.getLogger(LIFE_CYCLE).setLevel(Level.INFO);
    }

    /** A new configuration closes the appender of the one before, which must not close standard error with it. */
    private static final class KeptOpen extends FilterOutputStream {

        KeptOpen(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            // The inherited method would write byte by byte, and lines of several processes would mix.
            out.write(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }
}
