//===- CountProgram.cpp - Counts what a program executes ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/meter/CountProgram.h"

#include "compiler/targets/Targets.h"

#include "llvm/TargetParser/Host.h"

using llvm::createStringError;

namespace mlir::eke {
namespace {

/// Can `target` run what was compiled for the target of this name: is it that one, or a
/// board with its CPU?
bool runsProgramsFor(const TargetProfile &target, StringRef name) {
  if (target.name() == name)
    return true;
  if (target.base().empty())
    return false;
  // A built-in one; whoever read `target` found it.
  TargetProfile base = llvm::cantFail(findTargetProfile(target.base()));
  return runsProgramsFor(base, name) && target.triple() == base.triple() &&
         target.cpu() == base.cpu() &&
         llvm::equal(target.features(), base.features());
}

/// The device a program is for: what the command line says or, without it, what
/// the program says.
llvm::Expected<TargetProfile>
findTarget(const CountOptions &options,
           const profile::CompiledProgram &program) {
  auto target = findTargetProfile(
      options.target.empty() ? StringRef(program.target) : options.target);
  if (!target || runsProgramsFor(*target, program.target))
    return target;
  return createStringError(program.name + ": was compiled for '" +
                           program.target + "', expected '" + target->name() +
                           "'");
}

/// The CPU whose model estimates cycles; empty if there is none.
StringRef getCycleCpu(const TargetProfile &target,
                      const profile::CompiledProgram &program) {
  if (!target.cycle_cpu().empty())
    return target.cycle_cpu();
  // Programs for any CPU of this architecture are best compared on this one.
  llvm::Triple host(llvm::sys::getProcessTriple());
  return host.getArch() == program.triple.getArch()
             ? llvm::sys::getHostCPUName()
             : "";
}

/// The memories of a board, which addresses are those of.
std::vector<profile::Symbol> listMemories(const TargetProfile &target) {
  std::vector<profile::Symbol> memories;
  if (!target.qemu_machine().empty())
    for (const ::eke::proto::Memory &memory : target.memories())
      if (memory.has_address())
        memories.push_back(
            {memory.address(), memory.capacity_bytes(), memory.name()});
  return memories;
}

} // namespace

llvm::Expected<profile::Profile>
countProgram(StringRef path, const CountOptions &options, StringRef compiler) {
  auto program = profile::CompiledProgram::open(path, options.name);
  if (!program)
    return program.takeError();
  auto target = findTarget(options, *program);
  if (!target)
    return target.takeError();
  program->memories = listMemories(*target);
  auto decoder = profile::Decoder::create(program->triple);
  if (!decoder)
    return createStringError(options.name + ": is " +
                             llvm::toString(decoder.takeError()));
  auto sites = profile::findCallSites(*program, **decoder);
  if (!sites)
    return sites.takeError();
  std::unique_ptr<CycleModel> model;
  StringRef cpu = getCycleCpu(*target, *program);
  if (!cpu.empty()) {
    auto created = CycleModel::create(program->triple, cpu);
    if (!created)
      return created.takeError();
    model = std::move(*created);
  }

  profile::CacheLevels caches;
  if (options.simulatesCaches) {
    auto found = profile::findCacheLevels(*target);
    if (!found)
      return found.takeError();
    caches = std::move(*found);
  }

  auto workload = profile::Workload::create(*program, options.workload);
  if (!workload)
    return workload.takeError();
  auto launcher = profile::Launcher::emulate(*target);
  auto trace = profile::runProgram(*program, *sites, caches.levels, *workload,
                                   launcher, compiler);
  if (!trace)
    return trace.takeError();
  profile::Profile result = profile::summarize(*program, *workload, **decoder,
                                               *sites, *trace, model.get());
  result.emulator = launcher.describe();
  result.cpuModel = cpu.str();
  result.caches = std::move(caches);
  return std::move(result);
}

} // namespace mlir::eke
