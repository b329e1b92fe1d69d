#include "brain_caller.hpp"

#include <chrono>
#include <utility>

#include "caller_directory.hpp"
#include "caller_identity.hpp"
#include "caller_text.hpp"
#include "caller_tools.hpp"
#include "io_pool.hpp"

GST_DEBUG_CATEGORY_EXTERN(gst_agent_brain_debug);
#define GST_CAT_DEFAULT gst_agent_brain_debug

namespace agentbrain {

namespace callers = jackfield::callers;

namespace {

// How long a greeting waits for the directory. A read takes a millisecond or two.
constexpr guint64 kLongestLookup = GST_SECOND;

}  // namespace

std::shared_ptr<BrainCaller> BrainCaller::make(GstElement* bin, Conversation conversation) {
  return std::shared_ptr<BrainCaller>(new BrainCaller(bin, std::move(conversation)));
}

BrainCaller::BrainCaller(GstElement* bin, Conversation conversation)
    : conversation_(std::move(conversation)) {
  g_weak_ref_init(&bin_, bin);
}

BrainCaller::~BrainCaller() { g_weak_ref_clear(&bin_); }

void BrainCaller::configure(const Settings& settings) {
  Lock lock(lock_);
  if (settings == settings_) return;
  settings_ = settings;
  if (!running_) return;
  const bool nobody = look_up() == Lookup::kNobody;
  lock.unlock();
  tell_known();
  if (nobody) tell_nobody();
}

std::string BrainCaller::check(const Settings& settings) {
  if (settings.directory.empty()) return {};
  try {
    callers::CallerDirectory(settings.directory);
    return {};
  } catch (const callers::DirectoryError& wrong) {
    return std::string("callers: ") + wrong.what();
  }
}

void BrainCaller::begin() {
  Lock lock(lock_);
  running_ = true;
  warned_.clear();
  const Lookup lookup = look_up();
  lock.unlock();
  tell_known();
  lock.lock();
  if (lookup == Lookup::kBegun)
    known_.wait_for(lock, std::chrono::nanoseconds(kLongestLookup), [&] { return !waiting_; });
  lock.unlock();
  if (lookup == Lookup::kNobody) tell_nobody();
}

void BrainCaller::stop() {
  Lock lock(lock_);
  if (!std::exchange(running_, false)) return;
  ++lookup_;
  greet_ = nullptr;
  memory_.reset();
  // Whoever calls next has none of it.
  set_known({});
  end_lookup(lock);
  tell_known();
}

BrainCaller::Lookup BrainCaller::look_up() {
  const guint64 lookup = ++lookup_;
  memory_.reset();
  waiting_ = false;
  const auto identity = callers::read_identity(settings_.caller);
  set_known({.identity = identity.value_or(""), .permissions = {}});
  // Without a word about the caller there may be one later.
  if (settings_.directory.empty() || settings_.caller.empty()) return Lookup::kNone;
  if (!identity) return Lookup::kNobody;
  memory_ = std::make_shared<CallerMemory>(settings_.directory, *identity, settings_.source,
                                           [weak = weak_from_this()](const std::string& text) {
                                             if (const auto self = weak.lock()) self->warn(text);
                                           });
  waiting_ = true;
  memory_->look_up([weak = weak_from_this(), lookup](const CallerMemory::Found& result) {
    if (const auto self = weak.lock()) self->found(lookup, result);
  });
  return Lookup::kBegun;
}

void BrainCaller::tell_nobody() {
  const gstpp::ElementPtr bin{static_cast<GstElement*>(g_weak_ref_get(&bin_))};
  if (bin) conversation_.tell(callers::told_of(std::nullopt));
}

void BrainCaller::set_known(Known known) {
  known_caller_ = std::move(known);
  ++known_version_;
}

// Of two at a time the last word is the newest.
void BrainCaller::tell_known() {
  const gstpp::ElementPtr bin{static_cast<GstElement*>(g_weak_ref_get(&bin_))};
  if (!bin) return;
  Lock lock(lock_);
  for (;;) {
    const guint64 version = known_version_;
    const Known known = known_caller_;
    lock.unlock();
    conversation_.known(known);
    lock.lock();
    if (version == known_version_) return;
  }
}

// The caller has been deleted, and what they were allowed to do with them.
void BrainCaller::forgotten(const CallerMemory& memory) {
  {
    const Lock lock(lock_);
    // It may have taken longer than their call.
    if (memory_.get() != &memory) return;
    set_known({.identity = known_caller_.identity, .permissions = {kKnownCaller}});
  }
  tell_known();
}

void BrainCaller::found(guint64 lookup, const CallerMemory::Found& result) {
  const gstpp::ElementPtr bin{static_cast<GstElement*>(g_weak_ref_get(&bin_))};
  if (!bin) return;
  const bool failed = !result.error.empty();
  std::vector<std::string> permissions;
  if (!failed) permissions.emplace_back(kKnownCaller);
  if (result.caller)
    permissions.insert(permissions.end(), result.caller->permissions.begin(),
                       result.caller->permissions.end());
  {
    const Lock lock(lock_);
    if (lookup != lookup_) return;
    set_known({.identity = known_caller_.identity, .permissions = std::move(permissions)});
  }
  if (failed)
    warn("the directory of callers cannot be used, the call goes on without it: " + result.error);
  conversation_.tell(failed ? callers::told_without_directory() : callers::told_of(result.caller));
  tell_known();
  Lock lock(lock_);
  if (lookup == lookup_) end_lookup(lock);
}

// Unlocks.
void BrainCaller::end_lookup(Lock& lock) {
  waiting_ = false;
  known_.notify_all();
  const auto greet = std::exchange(greet_, nullptr);
  if (timer_) timer_->disarm();
  lock.unlock();
  if (greet) greet();
}

bool BrainCaller::greet_later(std::function<void()> greet) {
  const Lock lock(lock_);
  if (!waiting_) return false;
  greet_ = std::move(greet);
  if (!timer_)
    timer_ = std::make_unique<jackfield::IoTimer>(
        [weak = weak_from_this()] {
          const auto self = weak.lock();
          if (!self) return;
          const gstpp::ElementPtr bin{static_cast<GstElement*>(g_weak_ref_get(&self->bin_))};
          if (!bin) return;
          Lock guard(self->lock_);
          if (!self->greet_) return;
          // What is found later is told before the next question.
          const auto now = std::exchange(self->greet_, nullptr);
          guard.unlock();
          self->warn("the directory of callers takes too long: the greeting does not wait for it");
          now();
        },
        jackfield::IoContext::patient());
  timer_->arm(jackfield::io_now_ns() + kLongestLookup);
  return true;
}

std::shared_ptr<CallerMemory> BrainCaller::memory() {
  const Lock lock(lock_);
  return memory_;
}

BuiltInTools BrainCaller::tools() {
  return make_caller_tools(
      [weak = weak_from_this()]() -> std::shared_ptr<CallerMemory> {
        const auto self = weak.lock();
        return self ? self->memory() : nullptr;
      },
      [weak = weak_from_this()](const CallerMemory& memory) {
        if (const auto self = weak.lock()) self->forgotten(memory);
      });
}

// The same thing once a conversation.
void BrainCaller::warn(const std::string& text) {
  {
    const Lock lock(lock_);
    if (!warned_.insert(text).second) return;
  }
  const gstpp::ElementPtr bin{static_cast<GstElement*>(g_weak_ref_get(&bin_))};
  if (bin) GST_ELEMENT_WARNING(bin.get(), RESOURCE, FAILED, ("%s", text.c_str()), (nullptr));
}

}  // namespace agentbrain
