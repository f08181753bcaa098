//===- Chat.cpp - What a conversation looks like --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/eke/Chat.h"

#include "mlir/IR/Builders.h"

namespace mlir::eke {

Attribute getChatAttr(MLIRContext *context, const ChatForm &form) {
  Builder builder(context);
  SmallVector<NamedAttribute> entries;
  auto addText = [&](StringRef name, StringRef text) {
    entries.push_back(builder.getNamedAttr(name, builder.getStringAttr(text)));
  };
  addText("start", form.start);
  addText("after_user", form.afterUser);
  addText("after_assistant", form.afterAssistant);
  if (form.aroundSystem) {
    addText("before_system", form.aroundSystem->first);
    addText("after_system", form.aroundSystem->second);
  }
  if (!form.date.empty())
    addText("date", form.date);
  for (auto [name, trims] : {std::pair("trims_user", form.trimsUser),
                             {"trims_system", form.trimsSystem}})
    if (trims)
      entries.push_back(builder.getNamedAttr(name, builder.getUnitAttr()));
  return builder.getDictionaryAttr(entries);
}

std::optional<ChatForm> readChatAttr(Attribute attr) {
  auto entries = dyn_cast<DictionaryAttr>(attr);
  if (!entries)
    return std::nullopt;
  ChatForm form;
  std::pair<std::string, std::string> system;
  std::pair<StringRef, std::string *> texts[] = {
      {"start", &form.start},
      {"after_user", &form.afterUser},
      {"after_assistant", &form.afterAssistant},
      {"before_system", &system.first},
      {"after_system", &system.second}};
  size_t found = 0;
  for (auto [name, text] : texts)
    if (auto value = entries.getAs<StringAttr>(name)) {
      if (value.getValue().contains('\0'))
        return std::nullopt;
      *text = value.str();
      ++found;
    }
  if (auto date = entries.getAs<StringAttr>("date"))
    form.date = date.str();
  form.trimsUser = entries.getAs<UnitAttr>("trims_user") != nullptr;
  form.trimsSystem = entries.getAs<UnitAttr>("trims_system") != nullptr;
  if (entries.contains("before_system") && entries.contains("after_system"))
    form.aroundSystem = std::move(system);
  // What nobody reads may be misspelled.
  size_t others = form.trimsUser + form.trimsSystem + !form.date.empty();
  bool isKnown = entries.size() == found + others &&
                 found == (form.aroundSystem ? 5u : 3u);
  if (!isKnown || !entries.contains("start") || form.afterUser.empty() ||
      form.afterAssistant.empty())
    return std::nullopt;
  return form;
}

} // namespace mlir::eke
