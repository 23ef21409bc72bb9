/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.Consumer;

/**
 * The signals that ask a process to stop. A shutdown hook would not do: the JVM runs hooks once, so it can't tell a second
 * Ctrl-C from the first, and it ends with 128 and the signal's number instead of 0.
 *
 * <p>The class {@code sun.misc.Signal} is in every JDK (module jdk.unsupported, JEP 260), but javac warns of it and that
 * warning can't be switched off where it is used; hence reflection.
 */
final class Signals {

    private static final List<String> STOPPING = List.of("TERM", "INT", "HUP");

    private Signals() {}

    /** Calls {@code handler} for every such signal, on a thread of its own, instead of ending the process. */
    static void handle(Consumer<String> handler) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> signalHandler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {signalHandler}, (self, method, arguments) -> {
                        return switch (method.getName()) {
                            case "handle" -> {
                                handler.accept(
                                        "SIG" + signal.getMethod("getName").invoke(arguments[0]));
                                yield null;
                            }
                            case "hashCode" -> System.identityHashCode(self);
                            case "equals" -> self == arguments[0];
                            default -> "signals of sluice";
                        };
                    });
            Method handle = signal.getMethod("handle", signal, signalHandler);
            for (String name : STOPPING) {
                install(handle, signal.getConstructor(String.class).newInstance(name), proxy);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JVM has no sun.misc.Signal", e);
        }
    }

    private static void install(Method handle, Object signal, Object proxy) throws ReflectiveOperationException {
        try {
            Object before = handle.invoke(null, signal, proxy);
            if (before == null) {
                throw new IllegalStateException("no handler could be installed for signal " + signal);
            }
        } catch (InvocationTargetException e) {
            // A JVM that keeps a signal for itself (-Xrs) or a system without it (SIGHUP on Windows): the others do.
            if (!(e.getCause() instanceof IllegalArgumentException)) {
                throw e;
            }
        }
    }
}
