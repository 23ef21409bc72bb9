/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.kafka;

import java.util.Arrays;
import java.util.TreeSet;

/** The addresses by which a Kafka is found: {@code host:port}, separated by commas. */
public final class BootstrapServers {

    private BootstrapServers() {}

    /**
     * Answers the same addresses in one order, without blanks, so that two lists of the same Kafka are equal.
     *
     * @param name of what holds the text, for the error
     * @throws IllegalArgumentException if one is no address
     */
    public static String checked(String name, String text) {
        TreeSet<String> servers = new TreeSet<>();
        for (String server : text.split(",", -1)) {
            String stripped = server.strip();
            if (!isAddress(stripped)) {
                throw new IllegalArgumentException(name + "=" + text + " is no list of addresses, for \"" + stripped
                        + "\" is none; write host:port, several separated by commas, as in kafka-1:9092,kafka-2:9092");
            }
            servers.add(stripped);
        }
        return String.join(",", servers);
    }

    private static boolean isAddress(String server) {
        int colon = server.lastIndexOf(':');
        if (colon < 1 || server.chars().anyMatch(Character::isWhitespace) || server.contains("/")) {
            return false;
        }
        String host = server.substring(0, colon);
        boolean bareV6 = host.indexOf(':') >= 0 && !(host.startsWith("[") && host.endsWith("]"));
        try {
            int port = Integer.parseInt(server.substring(colon + 1));
            return !bareV6 && port > 0 && port <= 65_535;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    /** For a message: at most three of them. */
    public static String shown(String servers) {
        String[] all = servers.split(",");
        return all.length <= 3 ? servers : String.join(",", Arrays.copyOf(all, 3)) + ",…";
    }
}
