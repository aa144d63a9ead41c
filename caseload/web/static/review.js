// Single keys for clerical review, only while the form has the focus. The page works without.
const form = document.querySelector("form[data-keys]");
const KEPT = "caselink-review-keys";

function isTyping(target) {
  return target.tagName === "TEXTAREA";
}

if (form) {
  form.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
    const choice = [...form.querySelectorAll("[data-key]")].find((each) => each.dataset.key === event.key.toLowerCase());
    if (choice) {
      event.preventDefault();
      choice.checked = true;
      choice.focus();
      sessionStorage.setItem(KEPT, "yes");
    } else if (event.key === "Enter" && event.target === form) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  // Who works by keys goes on by keys; nobody else's focus is moved.
  if (sessionStorage.getItem(KEPT) && !document.querySelector(".nhsuk-error-summary")) form.focus({ preventScroll: true });
}
