/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kafka;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Arrays;

/**
 * The main class of a forked node: gives its folder the format of a cluster, unless it has it, and runs Kafka in it. Ends at
 * once when standard input does, which the process that started it keeps open for as long as it lives; so no node survives
 * the tests, whatever ends those.
 */
final class BrokerMain {

    private BrokerMain() {}

    /** @param args the cluster's id, the properties file, and further arguments of the format command */
    public static void main(String[] args) throws ReflectiveOperationException {
        Thread watch = new Thread(BrokerMain::endWithParent, "parent-watch");
        watch.setDaemon(true);
        watch.start();
        String[] format = {"format", "--ignore-formatted", "--cluster-id", args[0], "--config", args[1]};
        // By name, since no jar of the broker is on the class path that this is compiled with.
        Object status = Class.forName("kafka.tools.StorageTool")
                .getMethod("execute", String[].class, PrintStream.class)
                .invoke(null, format, System.out);
        if (!Integer.valueOf(0).equals(status)) {
            System.err.println("format failed with status " + status + ": " + Arrays.toString(format));
            System.exit(1);
        }
        Class.forName("kafka.Kafka").getMethod("main", String[].class).invoke(null, (Object) new String[] {args[1]});
    }

    private static void endWithParent() {
        try {
            while (System.in.read() >= 0) {
                // Nobody writes anything; only the end counts.
            }
        } catch (IOException e) {
            System.err.println("standard input can't be read, so the parent is taken for gone: " + e);
        }
        Runtime.getRuntime().halt(1);
    }
}
