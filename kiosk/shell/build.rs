//! Compiles `ui/` with its translations bundled in.

use slint_build::{CompilerConfiguration, DefaultTranslationContext};

fn main() -> Result<(), slint_build::CompileError> {
    let config = CompilerConfiguration::new()
        .with_style("fluent-light".into())
        .with_default_translation_context(DefaultTranslationContext::None)
        .with_bundled_translations("../../ui/translations");
    slint_build::compile_with_config("../../ui/shell.slint", config)
}
