/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** Cuts a stream of bytes into its lines. Not for several threads at once. */
final class LineSplitter {

    /** Many times what fits into the API server's store. */
    private static final int LONGEST = 16 * 1024 * 1024;

    private static final int KEPT = 4 * 1024;

    private byte[] rest = new byte[KEPT];
    private int length;

    /** Where whole lines go. */
    interface Lines {
        void line(byte[] line) throws IOException;
    }

    /** @throws IOException if a line is too long, or whoever takes them throws it */
    void take(List<ByteBuffer> pieces, Lines lines) throws IOException {
        for (ByteBuffer piece : pieces) {
            while (piece.hasRemaining()) {
                int end = piece.position();
                while (end < piece.limit() && piece.get(end) != '\n') {
                    end++;
                }
                append(piece, end - piece.position());
                if (piece.hasRemaining()) {
                    piece.position(end + 1);
                    end(lines);
                }
            }
        }
    }

    private void append(ByteBuffer piece, int count) throws IOException {
        if (length + count > LONGEST) {
            throw new IOException("an object of more than " + LONGEST + " bytes");
        }
        if (length + count > rest.length) {
            rest = Arrays.copyOf(rest, Math.max(length + count, 2 * rest.length));
        }
        piece.get(rest, length, count);
        length += count;
    }

    private void end(Lines lines) throws IOException {
        if (length == 0) {
            return;
        }
        byte[] line = Arrays.copyOf(rest, length);
        length = 0;
        if (rest.length > KEPT) {
            rest = new byte[KEPT]; // One large object is no reason to hold on to its space.
        }
        lines.line(line);
    }
}
