/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.validation;

import java.util.Optional;

/** The forms that Kubernetes asks of names (RFC 1123). */
final class DnsName {

    private DnsName() {}

    /** What is wrong with the name, to be read after it. */
    static Optional<String> problem(String name, int longest, boolean dots) {
        if (name.length() > longest) {
            return Optional.of("is longer than " + longest + " characters");
        }
        char before = '.';
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean alphanumeric = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
            boolean inner = i > 0 && i < name.length() - 1;
            boolean fine = alphanumeric
                    || (c == '-' && inner && before != '.')
                    || (dots && c == '.' && inner && before != '.' && before != '-');
            if (!fine) {
                return Optional.of("is not a DNS-1123 " + (dots ? "subdomain" : "label"));
            }
            before = c;
        }
        return name.isEmpty() ? Optional.of("is empty") : Optional.empty();
    }
}
