/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.vertx.core.Vertx;

/** L3, the limit of any delivery on Vert.x: posts the event to the sink as fast as the sink takes it. */
public final class BareClient {

    private BareClient() {}

    /** @param args the sink's URL, and the number of connections */
    public static void main(String[] args) {
        Load.start(Vertx.vertx(), args[0], Integer.parseInt(args[1]));
        System.err.println("ready");
    }
}
