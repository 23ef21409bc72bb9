/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.validation;

import static java.util.Objects.requireNonNull;

/**
 * Something wrong with what was configured, with everything that is needed to mend it. Never holds the value of a
 * Secret.
 *
 * @param file the file as the user named it; empty if the resource did not come from a file
 * @param document of the file, from 1; 0 if the problem is with the whole file
 * @param line of the file, from 1; 0 if there is none to name
 * @param resource kind and name, such as {@code Trigger shop/paid}; empty if unknown
 * @param field such as {@code spec.filters[0].exact}; empty if the problem is with the whole resource
 * @param value as it is shown; empty if there is none to show
 * @param rule what is wrong, to be read after field and value
 * @param remedy what would be right
 */
public record Problem(
        String file,
        int document,
        int line,
        String resource,
        String field,
        String value,
        String rule,
        String remedy,
        Severity severity) {

    public Problem {
        requireNonNull(file, "file");
        requireNonNull(resource, "resource");
        requireNonNull(field, "field");
        requireNonNull(value, "value");
        requireNonNull(rule, "rule");
        requireNonNull(remedy, "remedy");
        requireNonNull(severity, "severity");
    }

    /** A problem with a file or folder as a whole. */
    public static Problem ofFile(String file, String rule, String remedy, Severity severity) {
        return new Problem(file, 0, 0, "", "", "", rule, remedy, severity);
    }

    /** The same problem with its file named in another way. */
    public Problem in(String otherFile) {
        return new Problem(otherFile, document, line, resource, field, value, rule, remedy, severity);
    }

    /** Field, value, rule and remedy, for where the resource is known: {@code spec.broker is missing; write …}. */
    public String aboutField() {
        return new Problem("", 0, 0, "", field, value, rule, remedy, Severity.ERROR).toString();
    }

    /**
     * The problem in one line: {@code triggers.yaml:12 (document 2) Trigger shop/paid: spec.delivery.retry "three" is not
     * an integer; write a whole number from 0, such as 3}.
     */
    @Override
    public String toString() {
        StringBuilder line = new StringBuilder(file);
        if (this.line > 0) {
            line.append(':').append(this.line);
        }
        if (document > 0) {
            line.append(line.isEmpty() ? "" : " ")
                    .append("(document ")
                    .append(document)
                    .append(')');
        }
        if (!resource.isEmpty()) {
            line.append(line.isEmpty() ? "" : " ").append(resource);
        }
        if (!line.isEmpty()) {
            line.append(": ");
        }
        if (severity == Severity.WARNING) {
            line.append("warning: ");
        }
        if (!field.isEmpty()) {
            line.append(field).append(' ');
        }
        if (!value.isEmpty()) {
            line.append(value).append(' ');
        }
        line.append(rule);
        if (!remedy.isEmpty()) {
            line.append("; ").append(remedy);
        }
        return line.toString();
    }
}
