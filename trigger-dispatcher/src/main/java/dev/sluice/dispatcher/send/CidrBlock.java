/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** A block of IP addresses, such as {@code 169.254.0.0/16}, {@code fe80::/10} or a single address. Immutable. */
public final class CidrBlock {

    private final byte[] prefix;
    private final int bits;
    private final String text;

    private CidrBlock(byte[] prefix, int bits, String text) {
        this.prefix = prefix;
        this.bits = bits;
        this.text = text;
    }

    /**
     * Reads {@code ADDRESS/BITS}, or an address alone for a block of one. Bits of the address beyond the prefix are
     * ignored.
     *
     * @throws IllegalArgumentException if the text is neither; the message says what would be right
     */
    public static CidrBlock parse(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        InetAddress parsed;
        try {
            parsed = literal(address);
        } catch (UnknownHostException e) {
            throw malformed(text, e);
        }
        byte[] bytes = parsed.getAddress();
        int most = bytes.length * Byte.SIZE;
        int bits = most;
        if (slash >= 0) {
            try {
                bits = Integer.parseInt(text.substring(slash + 1));
            } catch (NumberFormatException e) {
                throw malformed(text, e);
            }
            if (bits < 0 || bits > most) {
                throw new IllegalArgumentException("\"" + text + "\" has a prefix of " + bits + " bits; write 0 to "
                        + most + ", such as \"" + address + "/" + most + "\"");
            }
        }
        return new CidrBlock(bytes, bits, text);
    }

    /** Reads an IP address without ever asking a name server. */
    static InetAddress literal(String address) throws UnknownHostException {
        boolean v6 = address.indexOf(':') >= 0;
        if (address.isEmpty() || (!v6 && !address.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9')))) {
            throw new UnknownHostException(address);
        }
        int zone = address.indexOf('%');
        // A zone tells interfaces apart, not addresses, and may name one that this host does not have.
        return InetAddress.getByName(zone < 0 ? address : address.substring(0, zone));
    }

    private static IllegalArgumentException malformed(String text, Exception cause) {
        return new IllegalArgumentException(
                "\"" + text + "\" is not a block of IP addresses; write one such as \"10.0.0.0/8\" or \"fd00::/8\"",
                cause);
    }

    /** Whether the address is in the block. An IPv4-mapped IPv6 address counts as the IPv4 address it stands for. */
    public boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length != prefix.length) {
            return false;
        }
        int whole = bits / Byte.SIZE;
        if (!Arrays.equals(bytes, 0, whole, prefix, 0, whole)) {
            return false;
        }
        int rest = bits % Byte.SIZE;
        return rest == 0 || ((bytes[whole] ^ prefix[whole]) & 0xff) >>> (Byte.SIZE - rest) == 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CidrBlock block && bits == block.bits && Arrays.equals(prefix, block.prefix);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(prefix) * 31 + bits;
    }

    @Override
    public String toString() {
        return text;
    }
}
