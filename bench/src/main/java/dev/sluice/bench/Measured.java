/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import com.sun.management.ThreadMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.jspecify.annotations.Nullable;

/** A program under measurement: its own JVM, started with the flags of the launcher, ended with this object. */
final class Measured implements AutoCloseable {

    /** The same for every program, so that every published number is of the same JVM. */
    private static final List<String> JVM_FLAGS =
            List.of(System.getProperty("sluice.bench.flags", "").split(" "));

    /** Ticks of /proc/PID/stat in a second; the same on every Linux that Java runs on. */
    private static final long TICKS_PER_SECOND = 100;

    private static final int WARM_UP_EVENTS = Integer.getInteger("sluice.bench.warmup.events", 400_000);
    private static final long WARM_UP_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(45);

    private final Process process;
    /** Kept open; a process that is ready says next to nothing more. */
    private final BufferedReader errors;

    private final Writer input;
    private final String readyLine;
    /** Opened when allocations are first asked for, since it costs the process some megabytes. */
    private @Nullable JMXConnector jmx;

    private @Nullable ThreadMXBean threads;

    private Measured(Process process, BufferedReader errors, String readyLine) {
        this.process = process;
        this.errors = errors;
        this.readyLine = readyLine;
        input = process.outputWriter(StandardCharsets.UTF_8);
    }

    /** Starts the class and waits for a line on its standard error that holds the word ready. */
    static Measured start(Class<?> main, List<String> args) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        JVM_FLAGS.stream().filter(flag -> !flag.isBlank()).forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(args);
        return start(command);
    }

    /** Starts a command that becomes the JVM to be measured. */
    static Measured start(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        BufferedReader errors = process.errorReader(StandardCharsets.UTF_8);
        List<String> seen = new ArrayList<>();
        for (String line = errors.readLine(); line != null; line = errors.readLine()) {
            seen.add(line);
            if (line.contains("ready")) {
                return new Measured(process, errors, line);
            }
        }
        throw new IOException(command + " ended before it was ready:\n" + String.join("\n", seen));
    }

    /**
     * Asks the JVM for its management server, which is local and opened by the process itself; no address that somebody else
     * could have chosen is looked up.
     */
    @SuppressWarnings("BanJNDI")
    private static JMXConnector connect(long pid) throws IOException {
        try {
            VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
            try {
                return JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent()));
            } finally {
                machine.detach();
            }
        } catch (AttachNotSupportedException e) {
            throw new IOException("can't attach to process " + pid, e);
        }
    }

    String readyLine() {
        return readyLine;
    }

    /** Writes a line to the standard input of the program. */
    void tell(String line) throws IOException {
        input.write(line + "\n");
        input.flush();
    }

    /** Lets events flow until the compilers have seen enough of them, or for three quarters of a minute. */
    void warmUp(LongSupplier events) throws InterruptedException {
        long enough = events.getAsLong() + WARM_UP_EVENTS;
        long limit = System.nanoTime() + WARM_UP_LIMIT_NANOS;
        while (events.getAsLong() < enough && System.nanoTime() - limit < 0) {
            Thread.sleep(100);
        }
    }

    /** What the process spends from now on until the time is over. */
    Spent spent(LongSupplier events, long millis) throws IOException, InterruptedException {
        Spent before = spentSoFar(events);
        Thread.sleep(millis);
        return spentSoFar(events).since(before);
    }

    private Spent spentSoFar(LongSupplier events) throws IOException {
        // Its allocations are asked for last, since asking allocates.
        return new Spent(events.getAsLong(), cpuMicros(), allocatedBytes(), System.nanoTime() / 1e9);
    }

    /** User and system time since the start, in microseconds, to a hundredth of a second. */
    long cpuMicros() throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
        // The command name, in brackets, may hold spaces; utime and stime are the 12th and 13th field behind it.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        long ticks = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
        return ticks * TimeUnit.SECONDS.toMicros(1) / TICKS_PER_SECOND;
    }

    /** What the threads that live have allocated, but for those that answer this question. */
    private long allocatedBytes() throws IOException {
        ThreadMXBean threads = threads();
        long[] ids = threads.getAllThreadIds();
        ThreadInfo[] infos = threads.getThreadInfo(ids);
        long[] allocated = threads.getThreadAllocatedBytes(ids);
        long sum = 0;
        for (int i = 0; i < ids.length; i++) {
            if (infos[i] != null
                    && allocated[i] > 0
                    && !infos[i].getThreadName().startsWith("RMI ")) {
                sum += allocated[i];
            }
        }
        return sum;
    }

    private ThreadMXBean threads() throws IOException {
        ThreadMXBean open = threads;
        if (open == null) {
            JMXConnector connector = connect(process.pid());
            jmx = connector;
            open = ManagementFactory.newPlatformMXBeanProxy(
                    connector.getMBeanServerConnection(), ManagementFactory.THREAD_MXBEAN_NAME, ThreadMXBean.class);
            threads = open;
        }
        return open;
    }

    /** Memory of the process that is in the machine's memory now. */
    long residentBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
            if (line.startsWith("VmRSS:")) {
                return 1024L * Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no resident memory of process " + process.pid());
    }

    @Override
    public void close() throws IOException {
        if (jmx != null) {
            jmx.close();
        }
        process.destroy();
        try (errors;
                input) {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
