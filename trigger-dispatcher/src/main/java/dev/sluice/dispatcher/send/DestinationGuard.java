/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says where no event may be sent: to the blocks of addresses that the operator refuses, and to Sluice's own admin
 * listener. It judges the address that a connection really has, so neither a name that resolves elsewhere a moment later
 * nor a way of writing an address gets around it. Immutable.
 */
public final class DestinationGuard {

    /** The one path of the admin listener that takes events, for the quick start. */
    private static final String DISPLAY = "/display";

    /** {@code 64:ff9b::/96}. */
    private static final byte[] NAT64 = {0, 0x64, (byte) 0xff, (byte) 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};

    private final List<CidrBlock> refused;
    private final List<OwnListener> ownListeners;

    /** A listener of this process; {@code host} null stands for every address of this host. */
    private record OwnListener(@Nullable InetAddress host, int port) {}

    /**
     * @param ownListeners addresses that Sluice itself listens on for its operator
     * @throws IllegalArgumentException if a host among them is not an IP address
     */
    public DestinationGuard(List<CidrBlock> refused, List<SocketAddress> ownListeners) {
        this.refused = List.copyOf(refused);
        this.ownListeners =
                ownListeners.stream().map(DestinationGuard::listener).toList();
    }

    private static OwnListener listener(SocketAddress address) {
        try {
            InetAddress host = address.host().equals("localhost")
                    ? InetAddress.getLoopbackAddress()
                    : CidrBlock.literal(address.host());
            return new OwnListener(host.isAnyLocalAddress() ? null : host, address.port());
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(
                    "\"" + address.host() + "\" is not an IP address; write one such as 127.0.0.1", e);
        }
    }

    /**
     * Judges a connection before anything is sent over it.
     *
     * @param path the path of the request
     * @return why nothing may be sent, or null if it may
     */
    public @Nullable String refusal(@Nullable SocketAddress remote, @Nullable SocketAddress local, String path) {
        InetAddress address = address(remote);
        if (remote == null || address == null) {
            return "the address of the connection is unknown";
        }
        InetAddress translated = translated(address);
        for (CidrBlock block : refused) {
            if (block.contains(address) || (translated != null && block.contains(translated))) {
                return "it is at " + address.getHostAddress() + ", and " + block
                        + " is refused; see the option --refuse-destinations";
            }
        }
        for (OwnListener own : ownListeners) {
            if (own.port == remote.port() && !path.equals(DISPLAY) && isAt(own, address, address(local))) {
                return "it is Sluice's own admin listener at " + address.getHostAddress() + ":" + own.port
                        + ", which takes events at " + DISPLAY + " only";
            }
        }
        return null;
    }

    /**
     * The IPv4 address that a network with a translator leads to from this IPv6 address, or null: NAT64's well-known prefix
     * (RFC 6052, 2.1).
     */
    private static @Nullable InetAddress translated(InetAddress address) {
        byte[] bytes = address.getAddress();
        int length = NAT64.length;
        if (bytes.length != length + 4 || !Arrays.equals(bytes, 0, length, NAT64, 0, length)) {
            return null;
        }
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(bytes, length, bytes.length));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an IPv4 address", e);
        }
    }

    private static boolean isAt(OwnListener own, InetAddress remote, @Nullable InetAddress local) {
        if (own.host != null) {
            // 127.0.0.2 reaches a listener on 127.0.0.1 no more than another host does, but costs nothing to refuse.
            return own.host.equals(remote) || (own.host.isLoopbackAddress() && remote.isLoopbackAddress());
        }
        // Whoever connects to an address of its own host does so from that address.
        return remote.isLoopbackAddress() || remote.isAnyLocalAddress() || remote.equals(local);
    }

    private static @Nullable InetAddress address(@Nullable SocketAddress of) {
        String literal = of == null ? null : of.hostAddress();
        try {
            return literal == null ? null : CidrBlock.literal(literal);
        } catch (UnknownHostException e) {
            return null;
        }
    }
}
