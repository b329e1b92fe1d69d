// jackfield questions, jackfield answer ID TEXT..., jackfield answer ID --refuse
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/local_time.hpp"
#include "cli/server_options.hpp"
#include "json_members.hpp"
#include "platform/terminal.hpp"
#include "terminal/core/terminal_text.hpp"
#include "text/json_text.hpp"

namespace jackfield::cli {
namespace {

using namespace client;

constexpr char kPath[] = "/api/v1/questions";

struct Options {
  ServerOptions server;
  bool json = false;
  std::string id;
  std::vector<std::string> words;
  bool refuse = false;
};

void print_question(const JsonValue& question) {
  const auto text = [&](const char* name) {
    return clean_terminal_text(string_member(question, name));
  };
  const std::string person = text("person");
  std::printf("%s  %s  %s%s%s\n  %s\n", styled(stdout, Style::kBold, text("id")).c_str(),
              local_time(text("asked-at")).c_str(), text("line").c_str(),
              person.empty() ? "" : (" for " + person).c_str(),
              true_member(question, "waiting") ? "" : "  (the agent waits no longer, but listens)",
              text("question").c_str());
}

int list_questions(const Options& options) {
  const auto client = find_server(options.server);
  if (!client) return kExitUsage;
  const Answer answer = client->get(kPath);
  if (answer.outcome != Outcome::kDone) return report_failure(answer);
  const JsonValue* questions = array_member(answer.json, "questions");
  if (options.json) {
    std::printf("%s\n", clean_terminal_json(json_text(answer.json)).c_str());
  } else if (questions && !questions->items.empty()) {
    for (const JsonValue& question : questions->items) print_question(question);
  } else if (is_terminal(stdout)) {
    std::printf("no open questions\n");
  }
  return kExitOk;
}

int answer_question(const Options& options) {
  const auto client = find_server(options.server);
  if (!client) return kExitUsage;
  const Answer list = client->get(kPath);
  if (list.outcome != Outcome::kDone) return report_failure(list);
  std::string id;
  int found = 0;
  if (const JsonValue* questions = array_member(list.json, "questions")) {
    for (const JsonValue& question : questions->items) {
      const std::string candidate = clean_terminal_text(string_member(question, "id"));
      if (options.id.empty() || !candidate.starts_with(options.id)) continue;
      id = candidate;
      ++found;
    }
  }
  if (found != 1) {
    print_error((found == 0 ? "no question is open whose id begins with '"
                            : "several questions are open whose ids begin with '") +
                clean_terminal_text(options.id) + "'; 'jackfield questions' lists them");
    return kExitFailed;
  }
  std::string text;
  for (const std::string& word : options.words) text += (text.empty() ? "" : " ") + word;
  const std::string path = std::string{kPath} + "/" + id;
  const Answer answer =
      options.refuse ? client->post(path + "/refuse", "{}")
                     : client->post(path + "/answer", "{\"answer\":" + quote_json(text) + "}");
  if (answer.outcome != Outcome::kDone) return report_failure(answer);
  std::printf("%s %s\n", id.c_str(), options.refuse ? "refused" : "answered");
  return kExitOk;
}

}  // namespace

void add_questions(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "questions", "Lists what the agents of a running server have asked people");
  command->add_flag("--json", options->json, "Print JSON");
  add_server_options(*command, options->server);
  command->callback([options, &exit_code] { exit_code = list_questions(*options); });
}

void add_answer(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("answer", "Answers a question of an agent");
  command->add_option("ID", options->id, "The question, by the beginning of its id")->required();
  CLI::Option* words = command->add_option("TEXT", options->words, "What the agent is told");
  command->add_flag("--refuse", options->refuse, "Tell the agent that nobody can answer")
      ->excludes(words);
  add_server_options(*command, options->server);
  command->callback([options, &exit_code] {
    if (options->words.empty() && !options->refuse) throw CLI::RequiredError("TEXT, or --refuse");
    exit_code = answer_question(*options);
  });
}

}  // namespace jackfield::cli
