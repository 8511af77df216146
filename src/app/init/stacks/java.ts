import type { StackDraft } from "../draft.ts";
import type { Repository } from "../repository.ts";
import { sourcePatterns } from "../sources.ts";

/** Maven or Gradle, by its wrapper when the repository has one. */
export function javaStack(repository: Repository): StackDraft | undefined {
  return mavenStack(repository) ?? gradleStack(repository);
}

function mavenStack(repository: Repository): StackDraft | undefined {
  if (!repository.has("pom.xml")) return undefined;
  const own = repository.read("pom.xml").replace(/<parent>.*?<\/parent>/s, "");
  const name = /<artifactId>\s*([^<\s]+)/.exec(own)?.[1];
  const maven = repository.has("mvnw") ? "./mvnw" : "mvn";
  return stack("Java (Maven)", name, `${maven} -B -ntp -DskipTests package`, `${maven} -B -ntp test`, repository);
}

function gradleStack(repository: Repository): StackDraft | undefined {
  const script = ["build.gradle.kts", "build.gradle"].find((file) => repository.has(file));
  if (script === undefined) return undefined;
  const settings = repository.read("settings.gradle.kts") + repository.read("settings.gradle");
  const name = /rootProject\.name\s*=\s*["']([^"']+)["']/.exec(settings)?.[1];
  const gradle = `${repository.has("gradlew") ? "./gradlew" : "gradle"} --no-daemon`;
  return stack("Java (Gradle)", name, `${gradle} assemble`, `${gradle} test`, repository);
}

function stack(
  found: string,
  name: string | undefined,
  build: string,
  test: string,
  repository: Repository,
): StackDraft {
  const inputs = sourcePatterns(repository, { withTests: true });
  return {
    found,
    ...(name === undefined ? {} : { name }),
    tasks: [
      { name: "build", run: build, uncached: "list what it writes in `outputs` and it can be cached" },
      { name: "test", run: test, needs: ["build"], inputs, stage: "verify" },
    ],
  };
}
