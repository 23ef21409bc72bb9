/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.http;

import java.net.BindException;
import java.net.UnknownHostException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Addresses, and what to say when one can't be listened on. */
public final class Listening {

    private Listening() {}

    /** The URL of an address, with an IPv6 address in brackets. */
    public static String url(String host, int port) {
        return "http://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }

    /**
     * One line for people.
     *
     * @param what the flag that would help, without its dashes and its {@code -host} or {@code -port}
     */
    public static String problem(String what, String host, int port, @Nullable Throwable error) {
        String at = "--" + what + "port " + port + ": ";
        String text = error == null ? "" : String.valueOf(error.getMessage());
        if (text.toLowerCase(Locale.ROOT).contains("already in use")) {
            return at + "another process listens on " + host + ":" + port + "; stop it, or choose another port";
        }
        if (error instanceof UnknownHostException || text.contains("Cannot assign") || text.contains("resolve")) {
            return "--" + what + "host " + host + ": this machine has no such address";
        }
        if (error instanceof BindException && text.toLowerCase(Locale.ROOT).contains("permission")) {
            return at + "ports below 1024 need a privilege; choose another port";
        }
        return at + "can't listen on " + host + ":" + port + ": " + text;
    }
}
