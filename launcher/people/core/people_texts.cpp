#include "people/core/people_texts.hpp"

#include "json_reader.hpp"
#include "people/core/person_twiml.hpp"
#include "people/core/question_book.hpp"
#include "text/json_text.hpp"

namespace jackfield::people {
namespace {

// " Anna: books tables (speaks de; mon-fri 09:00-17:00)."
std::string about(const Person& person) {
  std::string text = " " + person.name;
  if (!person.description.empty()) text += ": " + person.description;
  std::string more;
  if (!person.language.empty()) more += "speaks " + person.language;
  if (person.hours) more += (more.empty() ? "" : "; ") + person.hours->text();
  if (!more.empty()) text += " (" + more + ")";
  return text + ".";
}

struct Listed {
  std::string names, texts;  // JSON list; sentences
};

Listed list(const std::vector<Person>& people, bool by_telephone) {
  Listed listed{.names = "[", .texts = {}};
  for (const Person& person : people) {
    if (by_telephone && person.phone.empty()) continue;
    if (listed.names.size() > 1) listed.names += ',';
    listed.names += quote_json(person.name);
    listed.texts += about(person);
  }
  listed.names += ']';
  return listed;
}

std::string function(const char* name, const std::string& description,
                     const std::string& properties, const char* required, unsigned timeout) {
  return JsonObjectText{}
      .text("name", name)
      .text("description", description)
      .json("parameters", "{\"type\":\"object\",\"properties\":" + properties +
                              ",\"required\":" + required + ",\"additionalProperties\":false}")
      .json("timeout", std::to_string(timeout))
      .text("on-interruption", "finish")
      .close();
}

std::string text_property(const char* description, std::size_t most) {
  return JsonObjectText{}
      .text("type", "string")
      .text("description", description)
      .json("minLength", "1")
      .json("maxLength", std::to_string(most))
      .close();
}

std::string person_property(const char* description, const std::string& names) {
  return JsonObjectText{}
      .text("type", "string")
      .text("description", description)
      .json("enum", names)
      .close();
}

}  // namespace

std::string transfer_function(const std::vector<Person>& people, unsigned timeout) {
  const Listed listed = list(people, true);
  if (listed.texts.empty()) return {};
  const std::string properties =
      JsonObjectText{}
          .json("person", person_property("Whom to call", listed.names))
          .json("summary",
                text_property("Who is calling, what about, and what was said so far: in one to "
                              "three sentences, in the person's language. The person hears it "
                              "before taking the call, the caller does not.",
                              kMostSummary))
          .close();
  return function(
      "transfer_call",
      "Hands the caller over to a person. Tell the caller first. The person is called and may take "
      "the call or not, which can take a minute; the caller stays with you meanwhile. When it did "
      "not work, say so, and offer to try another way, ask_person for example, or to take a "
      "message. People:" +
          listed.texts,
      properties, "[\"person\",\"summary\"]", timeout);
}

std::string ask_function(const std::vector<Person>& people, unsigned timeout) {
  const Listed listed = list(people, false);
  const std::string properties =
      JsonObjectText{}
          .json("question", text_property("The question, with all that is needed to answer it",
                                          QuestionBook::kMostText))
          .json("person",
                person_property("Who should answer; without it, whoever is there", listed.names))
          .close();
  return function("ask_person",
                  "Asks a person in writing, while the caller waits. For what you do not know and "
                  "no other tool tells you, and when a transfer did not work. Nobody may answer in "
                  "time; an answer that comes later is told to you as a note. People:" +
                      listed.texts,
                  properties, "[\"question\"]", timeout);
}

std::string transfer_text(TransferOutcome outcome, const std::string& person) {
  const std::string error = "error: the transfer did not work: ";
  const std::string still = "; the caller is still with you";
  switch (outcome) {
    case TransferOutcome::kTransferred:
      return person + " has taken the call, and the caller is being connected. Say nothing more.";
    case TransferOutcome::kBusy:
      return error + "the line of " + person + " is busy, or the call was declined" + still;
    case TransferOutcome::kNoAnswer:
      return error + person + " did not answer" + still;
    case TransferOutcome::kDeclined:
      return error + person + " cannot take the call now" + still;
    case TransferOutcome::kNotAccepted:
      return error + "somebody or something answered at " + person +
             "'s number and did not take the call (voice mail, perhaps)" + still;
    case TransferOutcome::kWrongNumber:
      return error + "the number of " + person + " cannot be reached" + still;
    case TransferOutcome::kRefused:
      return error + "the telephone service refused it" + still;
    case TransferOutcome::kUnreachable:
      return error + "the telephone service does not answer" + still;
    case TransferOutcome::kCallerGone:
      return error + "the caller has hung up";
    case TransferOutcome::kLost:
      break;
  }
  return error + person + " hung up at the last moment";
}

}  // namespace jackfield::people
