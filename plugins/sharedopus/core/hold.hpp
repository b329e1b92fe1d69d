// A reference to what somebody else counts: as long as there is one, the samples stay where and as
// they are. Copies are references of their own.
#pragma once

#include <utility>

namespace sharedopus {

class Hold {
 public:
  struct Kind {
    void (*ref)(void* object);
    void (*unref)(void* object);
  };

  Hold() = default;
  // Takes over one reference.
  Hold(void* object, const Kind* kind) : object_(object), kind_(kind) {}
  Hold(const Hold& other) : object_(other.object_), kind_(other.kind_) {
    if (object_) kind_->ref(object_);
  }
  Hold(Hold&& other) noexcept
      : object_(std::exchange(other.object_, nullptr)), kind_(other.kind_) {}
  Hold& operator=(Hold other) noexcept {
    std::swap(object_, other.object_);
    std::swap(kind_, other.kind_);
    return *this;
  }
  ~Hold() {
    if (object_) kind_->unref(object_);
  }
  void* get() const { return object_; }

 private:
  void* object_ = nullptr;
  const Kind* kind_ = nullptr;
};

}  // namespace sharedopus
