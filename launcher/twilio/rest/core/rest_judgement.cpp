#include "twilio/rest/core/rest_judgement.hpp"

#include <algorithm>
#include <array>

#include "json_members.hpp"
#include "serve/core/web_origin.hpp"

namespace jackfield::twilio {
namespace {

constexpr int kTooMany = 429;
// As https://www.twilio.com/docs/api/errors has them. No number, an invalid one, one that cannot be
// reached.
constexpr std::array kWrongNumbers{13224, 21201, 21211, 21214, 21217};
constexpr std::array kNotThere{20404, 21220};  // no such call; it is not in progress
constexpr int kAuthenticate = 20003;
constexpr std::size_t kMostText = 300;

template <typename Codes>
bool is_one_of(const Codes& codes, int code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace

RestResult judge_answer(const RestAnswer& answer) {
  using Kind = RestResult::Kind;
  RestResult result;
  if (answer.transport != RestAnswer::Transport::kAnswered) {
    result.kind = Kind::kUnreachable;
    result.text = answer.transport == RestAnswer::Transport::kNotSent
                      ? "no connection to Twilio"
                      : "no whole answer from Twilio";
    return result;
  }
  const JsonResult read = parse_json(answer.body);
  const bool object = read.value && read.value->is(JsonValue::Kind::kObject);
  if (answer.status >= 200 && answer.status < 300) {
    if (object) {
      result.sid = string_member(*read.value, "sid");
      result.status = string_member(*read.value, "status");
      return result;
    }
    result.kind = Kind::kRefused;
    result.text = "an answer that is no call";
    return result;
  }
  if (object) {
    result.code = static_cast<int>(std::clamp(number_member(*read.value, "code"), 0.0, 999'999.0));
    result.text = string_member(*read.value, "message").substr(0, kMostText);
  }
  if (answer.status == 401 || result.code == kAuthenticate)
    result.kind = Kind::kKey;
  else if (is_one_of(kWrongNumbers, result.code))
    result.kind = Kind::kWrongNumber;
  else if (answer.status == 404 || is_one_of(kNotThere, result.code))
    result.kind = Kind::kNotThere;
  else if (answer.status == kTooMany || answer.status >= 500)
    result.kind = Kind::kUnreachable;
  else
    result.kind = Kind::kRefused;
  if (result.text.empty()) result.text = "HTTP status " + std::to_string(answer.status);
  return result;
}

std::optional<std::uint64_t> RestRetry::next(const RestAnswer& answer) {
  using Transport = RestAnswer::Transport;
  const bool not_processed =
      answer.transport == Transport::kNotSent ||
      (answer.transport == Transport::kAnswered && answer.status == kTooMany);
  const bool unsure = answer.transport == Transport::kUnsure ||
                      (answer.transport == Transport::kAnswered && answer.status >= 500);
  if (!not_processed && !(unsure && repeatable_)) return std::nullopt;
  if (retries_ >= kMostRetries) return std::nullopt;
  const std::uint64_t delay = kFirstDelay << retries_++;
  // Who asks for more than that is not waited for: a caller is.
  if (answer.retry_after.value_or(0) > kLongestDelay) return std::nullopt;
  return std::min(std::max(delay, answer.retry_after.value_or(0)), kLongestDelay);
}

std::string rest_base(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  const auto place = parse_web_origin(url);
  if (!place || url.find_first_of("@?#\\ ") != std::string_view::npos) return {};
  const std::size_t host = url.find("://") + 3;
  if (url.find('/', host) != std::string_view::npos) return {};
  const bool local = is_own_machine(place->host);
  if (place->scheme != "https" && !(place->scheme == "http" && local)) return {};
  return std::string{url};
}

}  // namespace jackfield::twilio
