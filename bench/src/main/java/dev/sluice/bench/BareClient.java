/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import io.vertx.core.Vertx;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** L3, the limit of any delivery on Vert.x: posts the event to the sink as fast as the sink takes it. */
public final class BareClient {

    /** What it is told on its standard input. */
    static final String RUN = "run";

    static final String REST = "rest";

    private BareClient() {}

    /** @param args the sink's URL, and the number of connections */
    public static void main(String[] args) throws IOException {
        ClosedLoad load = new ClosedLoad(Vertx.vertx(), args[0], Integer.parseInt(args[1]));
        System.err.println("ready");
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            if (order.equals(RUN)) {
                load.run();
            } else {
                load.rest();
            }
        }
        System.exit(0);
    }
}
