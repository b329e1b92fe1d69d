#include "service.hpp"

#include <gst/gst.h>

#include <memory>
#include <mutex>
#include <set>

#include "gstpp.hpp"
#include "json_writer.hpp"
#include "worker_pool.hpp"

namespace openai {
namespace {

constexpr char kOpenAi[] = "https://api.openai.com/v1";
constexpr std::size_t kLongestList = 2 * 1024 * 1024;

std::string environment(const char* name) {
  const gchar* value = g_getenv(name);
  return value ? value : "";
}

// The look-up of a model; keeps itself and the element until it is over.
class ModelCheck : public std::enable_shared_from_this<ModelCheck> {
 public:
  ModelCheck(GstElement* element, std::string model)
      : element_(gstpp::share_object(element)), model_(std::move(model)) {}

  void start(jackfield::HttpRequest request) {
    const std::lock_guard lock(mutex_);
    exchange_ = jackfield::HttpExchange::start(std::move(request),
                                               [self = shared_from_this()] { self->go_on(); });
  }

 private:
  void go_on() {
    const std::lock_guard lock(mutex_);
    if (!exchange_) return;
    list_ += exchange_->take();
    const auto step = exchange_->step();
    const bool over = step == jackfield::HttpExchange::Step::kEnd ||
                      step == jackfield::HttpExchange::Step::kFailed || list_.size() > kLongestList;
    if (!over || std::exchange(over_, true)) return;
    // Not here: whoever reads the bus may take its time. The exchange goes there, too, because it
    // refers to this object.
    jackfield::WorkerPool::shared().submit([self = shared_from_this()] { self->finish(); });
  }

  void finish() {
    std::shared_ptr<jackfield::HttpExchange> exchange;
    {
      const std::lock_guard lock(mutex_);
      exchange = std::move(exchange_);
    }
    exchange->cancel();
    if (list_.size() <= kLongestList) tell();
    element_.reset();
  }

  void tell() {
    using Kind = jackfield::JsonValue::Kind;
    const auto json = jackfield::parse_json(list_);
    if (!json.value || !json.value->is(Kind::kObject)) return;
    const jackfield::JsonValue* models = json.value->find("data");
    if (!models || !models->is(Kind::kArray)) return;
    for (const auto& model : models->items) {
      if (string_member(model, "id") != model_) continue;
      const std::string date = string_member(model, "shutdown_date");
      if (date.empty()) return;
      GST_ELEMENT_WARNING(element_.get(), RESOURCE, SETTINGS,
                          ("The model \"%s\" will be shut down on %s: set another one.",
                           model_.c_str(), without_secrets(date, "").c_str()),
                          (nullptr));
    }
  }

  std::mutex mutex_;
  gstpp::ElementPtr element_;
  const std::string model_;
  std::shared_ptr<jackfield::HttpExchange> exchange_;
  std::string list_;
  bool over_ = false;
};

}  // namespace

Service find_service(const ServiceSettings& settings) {
  Service service{
      .base_url = settings.base_url, .key = settings.api_key, .headers = settings.headers};
  if (service.base_url.empty()) service.base_url = environment("OPENAI_BASE_URL");
  if (service.base_url.empty()) service.base_url = kOpenAi;
  if (service.key.empty()) service.key = environment("OPENAI_API_KEY");
  while (service.base_url.ends_with('/')) service.base_url.pop_back();
  service.openai_itself = service.base_url.starts_with("https://api.openai.com/");
  return service;
}

jackfield::HttpRequest make_request(const Service& service, std::string_view path) {
  jackfield::HttpRequest request;
  request.url = service.base_url + std::string(path);
  if (!service.key.empty()) request.headers = {{"Authorization", "Bearer " + service.key}};
  request.headers.insert(request.headers.end(), service.headers.begin(), service.headers.end());
  request.hopeless = is_hopeless;
  return request;
}

ServiceError describe_failure(const jackfield::HttpFailure& failure, const Service& service) {
  using Kind = jackfield::HttpFailure::Kind;
  if (failure.kind == Kind::kStatus) {
    return read_http_error(failure.status, failure.body, service.key);
  }
  ServiceError error{.text = without_secrets(failure.text, service.key),
                     .retryable = failure.retryable};
  error.cause = failure.kind == Kind::kTimeout ? "timeout"
                : failure.kind == Kind::kCut   ? "cut"
                : failure.kind == Kind::kUrl   ? "request"
                                               : "network";
  return error;
}

void check_model(gpointer element, const Service& service, const std::string& model) {
  static std::mutex mutex;
  static std::set<std::string> seen;
  {
    const std::lock_guard lock(mutex);
    if (seen.size() > 1000 || !seen.insert(service.base_url + " " + model).second) return;
  }
  jackfield::HttpRequest request = make_request(service, "/models");
  request.retry.max_retries = 0;
  std::make_shared<ModelCheck>(GST_ELEMENT_CAST(element), model)->start(std::move(request));
}

}  // namespace openai
