/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The direction of the arrows between modules, as drawn in the README. Maven's scopes forbid what a module has no business
 * to see at compile time; these rules forbid the rest, and are the drawing in a form that fails.
 */
@AnalyzeClasses(packages = "dev.sluice", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {

    /** The package that each module owns. A module that is missing here fails {@link #every_module_is_under_these_rules}. */
    private static final Map<String, String> PACKAGE_OF_MODULE = Map.ofEntries(
            Map.entry("api", "dev.sluice.api"),
            Map.entry("testkit", "dev.sluice.testkit"),
            Map.entry("testkit-kafka", "dev.sluice.testkit.kafka"),
            Map.entry("testkit-kube", "dev.sluice.testkit.kube"),
            Map.entry("channel-inmemory", "dev.sluice.channel.inmemory"),
            Map.entry("kafka", "dev.sluice.kafka"),
            Map.entry("channel-kafka", "dev.sluice.channel.kafka"),
            Map.entry("broker", "dev.sluice.broker"),
            Map.entry("trigger-dispatcher", "dev.sluice.dispatcher"),
            Map.entry("sources", "dev.sluice.sources"),
            Map.entry("source-kafka", "dev.sluice.source.kafka"),
            Map.entry("source-apiserver", "dev.sluice.source.apiserver"),
            Map.entry("control", "dev.sluice.control"),
            Map.entry("server", "dev.sluice.server"),
            Map.entry("e2e", "dev.sluice.e2e"),
            Map.entry("bench", "dev.sluice.bench"));

    /** A programme of its own, which is not on any class path but its own. */
    private static final String OUTSIDE = "bench";

    private static final String[] TEST_LIBRARIES = {"org.junit..", "org.assertj..", "org.awaitility..", "com.tngtech.."
    };

    @ArchTest
    static final ArchRule api_knows_no_other_module = onlySees("dev.sluice.api..");

    @ArchTest
    static final ArchRule api_knows_no_server_no_kafka_no_kubernetes_and_no_meters = noClasses()
            .that()
            .resideInAPackage("dev.sluice.api..")
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                            "org.apache.kafka..", "io.fabric8..", "io.micrometer..", "picocli..", "ch.qos.logback..")
                    .or(named("io.vertx.core.http.HttpServer"))
                    .or(named("io.vertx.core.http.HttpClient")));

    @ArchTest
    static final ArchRule channel_inmemory_knows_only_api =
            onlySees("dev.sluice.channel.inmemory..", "dev.sluice.api..");

    @ArchTest
    static final ArchRule kafka_knows_only_api = onlySees("dev.sluice.kafka..", "dev.sluice.api..");

    @ArchTest
    static final ArchRule channel_kafka_knows_only_api_and_kafka =
            onlySees("dev.sluice.channel.kafka..", "dev.sluice.kafka..", "dev.sluice.api..");

    @ArchTest
    static final ArchRule source_kafka_knows_only_api_and_kafka =
            onlySees("dev.sluice.source.kafka..", "dev.sluice.kafka..", "dev.sluice.api..");

    @ArchTest
    static final ArchRule broker_knows_only_api = onlySees("dev.sluice.broker..", "dev.sluice.api..");

    @ArchTest
    static final ArchRule trigger_dispatcher_knows_only_api = onlySees("dev.sluice.dispatcher..", "dev.sluice.api..");

    @ArchTest
    static final ArchRule sources_know_only_api = onlySees("dev.sluice.sources..", "dev.sluice.api..");

    @ArchTest
    static final ArchRule source_apiserver_knows_only_api =
            onlySees("dev.sluice.source.apiserver..", "dev.sluice.api..");

    @ArchTest
    static final ArchRule control_knows_only_api = onlySees("dev.sluice.control..", "dev.sluice.api..");

    @ArchTest
    static final ArchRule testkit_knows_only_api = onlySees("dev.sluice.testkit..", "dev.sluice.api..");

    @ArchTest
    static final ArchRule channels_are_found_by_service_loader_and_never_named = noClasses()
            .that()
            .resideOutsideOfPackage("dev.sluice.channel..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.sluice.channel..");

    @ArchTest
    static final ArchRule kinds_of_sources_are_found_by_service_loader_and_never_named = noClasses()
            .that()
            .resideOutsideOfPackage("dev.sluice.source..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.sluice.source..");

    @ArchTest
    static final ArchRule only_control_and_the_source_of_it_know_kubernetes_types = noClasses()
            .that()
            .resideOutsideOfPackages("dev.sluice.control..", "dev.sluice.source.apiserver..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.fabric8..");

    @ArchTest
    static final ArchRule only_server_knows_the_command_line_and_the_log_format = noClasses()
            .that()
            .resideOutsideOfPackage("dev.sluice.server..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("picocli..", "ch.qos.logback..");

    @ArchTest
    static final ArchRule only_those_for_kafka_know_kafka = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "dev.sluice.kafka..",
                    "dev.sluice.channel.kafka..",
                    "dev.sluice.source.kafka..",
                    "dev.sluice.testkit.kafka..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.kafka..");

    @ArchTest
    static final ArchRule nothing_knows_e2e_or_bench =
            noClasses().should().dependOnClassesThat().resideInAnyPackage("dev.sluice.e2e..", "dev.sluice.bench..");

    @ArchTest
    static final ArchRule testkit_and_test_libraries_stay_in_test_scope = noClasses()
            .that(not(resideInAPackage("dev.sluice.testkit..")))
            .should()
            .dependOnClassesThat(resideInAPackage("dev.sluice.testkit..").or(resideInAnyPackage(TEST_LIBRARIES)));

    @ArchTest
    static final ArchRule packages_have_no_cycles =
            slices().matching("dev.sluice.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule packages_are_named_by_feature = classes()
            .should()
            .resideOutsideOfPackages(
                    "..util..", "..utils..", "..impl..", "..common..", "..model..", "..helper..", "..misc..");

    @ArchTest
    static final ArchRule classes_are_named_by_what_they_do = noClasses()
            .should()
            .haveSimpleNameEndingWith("Impl")
            .orShould()
            .haveSimpleNameEndingWith("Util")
            .orShould()
            .haveSimpleNameEndingWith("Utils")
            .orShould()
            .haveSimpleNameEndingWith("Helper")
            .orShould()
            .haveSimpleNameEndingWith("Manager");

    @ArchTest
    static void every_module_is_under_these_rules(JavaClasses imported) {
        List<String> modules = Repository.modules().stream()
                .map(path -> path.getFileName().toString())
                .toList();
        assertThat(PACKAGE_OF_MODULE.keySet()).containsExactlyInAnyOrderElementsOf(modules);
        for (Path module : Repository.modules()) {
            String name = module.getFileName().toString();
            // From the sources, so that a module that fell off the class path, and with it out of the rules, is
            // noticed.
            var written = new TreeSet<String>();
            Path sources = module.resolve("src/main/java");
            for (Path file : Repository.files(sources, ".java")) {
                written.add(sources.relativize(file.getParent()).toString().replace('/', '.'));
            }
            String owned = PACKAGE_OF_MODULE.getOrDefault(name, "");
            assertThat(written)
                    .as("packages of module %s", name)
                    .allMatch(pkg -> pkg.equals(owned) || pkg.startsWith(owned + "."));
            if (name.equals(OUTSIDE)) {
                continue;
            }
            var seen = imported.stream().map(JavaClass::getPackageName).collect(Collectors.toSet());
            written.removeIf(pkg -> Repository.files(sources.resolve(pkg.replace('.', '/')), ".java").stream()
                    .allMatch(file -> file.endsWith("package-info.java")));
            assertThat(seen).as("imported packages of module %s", name).containsAll(written);
        }
    }

    @ArchTest
    static void a_forbidden_dependency_is_found(JavaClasses product) {
        // This class itself breaks the rule about test libraries: a rule that can't fail would let it pass.
        JavaClasses withTests = new ClassFileImporter().importClasses(ArchitectureTest.class);
        assertThatThrownBy(() -> testkit_and_test_libraries_stay_in_test_scope.check(withTests))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("ArchitectureTest");
    }

    private static ArchRule onlySees(String module, String... others) {
        return noClasses()
                .that()
                .resideInAPackage(module)
                .should()
                .dependOnClassesThat(resideInAPackage("dev.sluice..")
                        .and(not(resideInAPackage(module)))
                        .and(not(resideInAnyPackage(others))))
                // Emptiness is every_module_is_under_these_rules's business, which knows which modules have classes.
                .allowEmptyShould(true);
    }

    private static DescribedPredicate<JavaClass> named(String name) {
        return DescribedPredicate.describe("are " + name, type -> type.getName().equals(name));
    }
}
