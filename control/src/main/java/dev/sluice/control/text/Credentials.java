/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.text;

/** URLs as they may be shown: the user and the password that they may hold are for their server alone. */
public final class Credentials {

    private static final String HIDDEN = "[hidden]";

    private Credentials() {}

    /** The URL with what stands before the {@code @} of its authority hidden; as it is if there is nothing. */
    public static String hiddenIn(String url) {
        int start = authorityOf(url);
        int end = start;
        while (end < url.length() && "/?#".indexOf(url.charAt(end)) < 0) {
            end++;
        }
        return hidden(url, start, url.lastIndexOf('@', end));
    }

    /** The same for a text that was meant to be a URL: nobody knows where its authority ends. */
    public static String hiddenInMalformed(String text) {
        return hidden(text, authorityOf(text), text.lastIndexOf('@'));
    }

    private static int authorityOf(String url) {
        int scheme = url.indexOf("://");
        return scheme < 0 ? 0 : scheme + 3;
    }

    private static String hidden(String url, int start, int at) {
        return at < start ? url : url.substring(0, start) + HIDDEN + url.substring(at);
    }
}
